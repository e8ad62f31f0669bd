// Widths of bars and spaces by value, as the standard (ISO/IEC 15417) lists them.
const PATTERNS =
    "212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 122231 113222 123122 123221 223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 322112 322211 212123 212321 232121 111323 131123 131321 112313 132113 132311 211313 231113 231311 112133 112331 132131 113123 113321 133121 313121 211331 231131 213113 213311 213131 311123 311321 331121 312113 312311 332111 314111 221411 431111 111224 111422 121124 121421 141122 141221 112214 112412 122114 122411 142112 142211 241211 221114 413111 241112 134111 111242 121142 121241 114212 124112 124211 411212 421112 421211 212141 214121 412121 111143 111341 131141 114113 114311 411113 411311 113141 114131 311141 411131 211412 211214 211232 2331112".split(
        " "
    );
const START_B = 104;
const START_C = 105;
const STOP = 106;
const CHECK = 103;
// So much white must be before and behind, in modules.
const QUIET = 10;

/** The values of a code: two digits at a time where it is nothing but such pairs. */
function values(text) {
    const pairs = /^(?:\d\d)+$/.test(text);
    const start = pairs ? START_C : START_B;
    const data = pairs
        ? text.match(/\d\d/g).map(Number)
        : [...text].map((sign) => sign.charCodeAt(0) - 32);
    const sum = data.reduce((all, value, index) => all + value * (index + 1), start);
    return [start, ...data, sum % CHECK, STOP];
}

/**
 * The widths of a code's bars and spaces in turn, in modules, a bar first.
 *
 * @param {string} text of printable ASCII
 * @returns {Array}
 */
export function code128(text) {
    if (!/^[ -~]+$/.test(text)) {
        throw new Error("A CODE128 holds printable ASCII only");
    }
    return [...values(text).flatMap((value) => [...PATTERNS[value]])].map(Number);
}

/**
 * A picture of a code that is sharp at any size, made without a server.
 *
 * @param {string} text
 * @returns {string} a URL
 */
export function code128Url(text) {
    let at = QUIET;
    let bars = "";
    code128(text).forEach((width, index) => {
        bars += index % 2 ? "" : `M${at} 0h${width}v50h-${width}z`;
        at += width;
    });
    const size = at + QUIET;
    const svg =
        `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} 50" ` +
        `width="${size * 3}" height="150" preserveAspectRatio="none" ` +
        `shape-rendering="crispEdges"><path d="${bars}"/></svg>`;
    return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
