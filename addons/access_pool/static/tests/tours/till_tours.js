import * as Dialog from "@point_of_sale/../tests/generic_helpers/dialog_util";
import * as PaymentScreen from "@point_of_sale/../tests/pos/tours/utils/payment_screen_util";
import * as ProductScreen from "@point_of_sale/../tests/pos/tours/utils/product_screen_util";
import * as ReceiptScreen from "@point_of_sale/../tests/pos/tours/utils/receipt_screen_util";
import {
    line,
    onBill,
    payCash,
    printedTickets,
    see,
    told,
    touch,
    tour,
    type,
} from "@access_pool/../tests/tours/till_steps";
import {scan_barcode as scan} from "@point_of_sale/../tests/generic_helpers/utils";

tour(
    "family",
    ProductScreen.clickDisplayedProduct("Family"),
    see('.access-missing:contains("2 more blue bands, Adult")'),
    scan("04AA0001"),
    see('.access-missing:contains("1 more blue band, Adult")'),
    scan("04AA0005"),
    see('.access-chip:contains("A-005")'),
    // Another child's band: only an adult is left.
    scan("04AA0006"),
    told("Adult gets another one"),
    scan("04AA0002"),
    see('.access-line-bands:first:not(:has(.access-missing)):contains("A-002")'),
    ProductScreen.clickPayButton(),
    payCash(),
    see('.access-stay-pages div:contains("A-005") > img'),
    ReceiptScreen.clickNextOrder()
);

tour(
    "given_later",
    ProductScreen.clickDisplayedProduct("Family"),
    scan("04AA0001"),
    see('.access-chip:contains("A-001")'),
    ProductScreen.clickPayButton(),
    PaymentScreen.clickValidate(),
    touch('.modal button:contains("Give Them Later")'),
    ReceiptScreen.isShown(),
    see('.access-missing-bands:contains("1 more blue band, Adult")'),
    scan("04AA0002"),
    see('.access-missing-bands:not(:contains("Adult"))'),
    touch('.access-missing-bands button:contains("Give Band")'),
    type(".access-band-input input", "A-005"),
    touch('.access-band-input button:contains("Enter")'),
    see(".receipt-screen:not(:has(.access-missing-bands))"),
    ReceiptScreen.clickNextOrder()
);

tour(
    "bar",
    ProductScreen.clickDisplayedProduct("Beer"),
    touch(".control-buttons .access-put-on-band"),
    see(".access-band-input"),
    scan("04AA0001"),
    told("put on band A-001"),
    ProductScreen.orderIsEmpty(),
    ProductScreen.clickDisplayedProduct("Champagne"),
    touch(".control-buttons .access-put-on-band"),
    type(".access-band-input input", "A-001"),
    touch('.access-band-input button:contains("Enter")'),
    see('.access-band-input .alert:contains("Over the limit")'),
    Dialog.discard(),
    line("Champagne")
);

tour(
    "exit",
    scan("04AA0001"),
    onBill("A-001"),
    line("Beer"),
    see('.access-unread:contains("A-002")'),
    see('.access-locked:contains("Locker 12 is still locked")'),
    scan("04AA0002"),
    onBill("A-002"),
    see(".access-bill-panel:not(:has(.access-unread))"),
    ProductScreen.clickPayButton(),
    payCash(),
    see('.access-exit-ticket:contains("A-001") img[src*="svg"]'),
    see('.access-exit-ticket:contains("A-002")'),
    printedTickets("A-001", "A-002"),
    ReceiptScreen.clickNextOrder(),
    see(".product-screen:not(:has(.access-bill-panel))"),
    // The bands are back, and are looked at once more.
    scan("04AA0001"),
    told("Band A-001 is in store")
);

tour(
    "nothing_owed",
    touch(".control-buttons .access-band"),
    type(".access-band-input input", "A-001"),
    touch('.access-band-input button:contains("Enter")'),
    onBill("A-001"),
    touch(".access-exit"),
    told("Exit ticket printed: A-001"),
    printedTickets("A-001"),
    see(".product-screen:not(:has(.access-bill-panel))")
);

tour(
    "lost",
    touch(".control-buttons .access-band"),
    type(".access-band-input input", "A-001"),
    touch('.access-band-input button:contains("Enter")'),
    touch('.access-stay:contains("A-001")'),
    touch('.modal button:contains("Band Is Lost")'),
    type(".access-reason", "In the river"),
    touch(".access-confirm"),
    line("50.00"),
    see('.access-stay .badge:contains("Lost")'),
    ProductScreen.clickPayButton(),
    payCash(),
    printedTickets("A-001")
);

tour(
    "card",
    scan("CA4D4711"),
    see('.modal:contains("Hold bands to the reader: 0 of 2")'),
    scan("04AA0001"),
    see('.modal .access-chip:contains("A-001")'),
    touch(".access-hand-out"),
    told("Given: A-001"),
    scan("CA4D4711"),
    see('.modal:contains("0 of 1")'),
    touch('.access-top-up:contains("Season card")'),
    line("Season card"),
    ProductScreen.clickPayButton(),
    payCash()
);

tour(
    "tab_only",
    scan("04AA0001"),
    line("Beer"),
    touch('.access-bill-panel button:contains("Tab Only")'),
    see(".access-bill-panel button.active:contains('Tab Only')"),
    ProductScreen.totalAmountIs("12.00"),
    ProductScreen.clickPayButton(),
    payCash(),
    printedTickets()
);

tour(
    "other_till",
    scan("04AA0001"),
    see('.modal:contains("Bar has this bill")'),
    touch('.modal button:contains("Take Over")'),
    onBill("A-001"),
    line("Beer")
);
