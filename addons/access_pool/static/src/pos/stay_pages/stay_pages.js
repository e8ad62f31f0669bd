import {OrderReceipt} from "@point_of_sale/app/screens/receipt_screen/receipt/order_receipt";
import {generateQRCodeDataUrl} from "@point_of_sale/utils";
import {patch} from "@web/core/utils/patch";

patch(OrderReceipt.prototype, {
    /**
     * Give the pages of the guests whom this order let in, each with its QR code.
     *
     * @returns {{band: string, source: string}[]}
     */
    get accessStayPages() {
        return (this.order.access_stay_pages || []).map(({band, url}) => ({
            band,
            source: generateQRCodeDataUrl(url),
        }));
    },
});
