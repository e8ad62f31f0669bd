const js = require("@eslint/js");
const globals = require("globals");
const jsdoc = require("eslint-plugin-jsdoc");

const strict = {
    complexity: ["error", 10],
    curly: "error",
    eqeqeq: "error",
    "init-declarations": "error",
    "no-alert": "error",
    "no-console": ["error", {allow: ["warn", "error"]}],
    "no-duplicate-imports": "error",
    "no-else-return": "error",
    "no-empty-function": "error",
    "no-eval": "error",
    "no-implied-eval": "error",
    "no-lonely-if": "error",
    "no-param-reassign": "error",
    "no-return-assign": "error",
    "no-self-compare": "error",
    "no-sequences": "error",
    "no-shadow": "error",
    "no-throw-literal": "error",
    "no-unneeded-ternary": "error",
    "no-unused-expressions": "error",
    "no-use-before-define": ["error", {functions: false}],
    "no-useless-concat": "error",
    "no-useless-rename": "error",
    "no-var": "error",
    "object-shorthand": "error",
    "operator-assignment": "error",
    "prefer-const": "error",
    radix: "error",
    "spaced-comment": "error",
    yoda: "error",
};

const documented = {
    "jsdoc/check-param-names": "error",
    "jsdoc/check-tag-names": "error",
    "jsdoc/check-types": "error",
};

module.exports = [
    {ignores: ["**/static/lib/**", ".dev/**"]},
    js.configs.recommended,
    {
        files: ["**/static/**/*.js"],
        plugins: {jsdoc},
        languageOptions: {
            ecmaVersion: 2024,
            sourceType: "module",
            globals: {...globals.browser, luxon: "readonly", odoo: "readonly"},
        },
        rules: {...strict, ...documented},
    },
    {
        files: ["*.cjs"],
        languageOptions: {sourceType: "commonjs", globals: globals.node},
        rules: strict,
    },
];
