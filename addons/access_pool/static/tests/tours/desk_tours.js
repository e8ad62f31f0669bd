import * as Chrome from "@point_of_sale/../tests/pos/tours/utils/chrome_util";
import * as Dialog from "@point_of_sale/../tests/generic_helpers/dialog_util";
import * as OfflineUtil from "@point_of_sale/../tests/generic_helpers/offline_util";
import * as PaymentScreen from "@point_of_sale/../tests/pos/tours/utils/payment_screen_util";
import * as ProductScreen from "@point_of_sale/../tests/pos/tours/utils/product_screen_util";
import * as ReceiptScreen from "@point_of_sale/../tests/pos/tours/utils/receipt_screen_util";
import * as TicketScreen from "@point_of_sale/../tests/pos/tours/utils/ticket_screen_util";
import {
    counted,
    countTouches,
    line,
    onBill,
    payCash,
    printedTickets,
    see,
    sent,
    told,
    touch,
    tour,
    type,
} from "@access_pool/../tests/tours/till_steps";
import {
    refresh,
    scan_barcode as scan,
} from "@point_of_sale/../tests/generic_helpers/utils";

const refund = (price) => [
    Chrome.clickOrders(),
    TicketScreen.selectFilter("Paid"),
    TicketScreen.selectOrderByPrice(price),
    ProductScreen.clickNumpad("1"),
    TicketScreen.toRefundTextContains("To Refund: 1"),
    TicketScreen.confirmRefund(),
    PaymentScreen.isShown(),
    PaymentScreen.clickValidate(),
];

tour(
    "refund",
    refund("58.00"),
    see('.modal:contains("Sold with it: A-001, A-002")'),
    see('.modal:contains("A manager may refund without them")'),
    see(".modal:not(:has(.access-without))"),
    scan("04AA0001"),
    see('.modal .alert:contains("has come in already")'),
    scan("04AA0003"),
    see('.modal .alert:contains("No guest has this band")'),
    scan("04AA0002"),
    ReceiptScreen.isShown(),
    ReceiptScreen.clickNextOrder()
);

tour(
    "refund_without",
    refund("29.00"),
    touch(".modal .access-without"),
    ReceiptScreen.isShown(),
    ReceiptScreen.clickNextOrder()
);

tour(
    "correct",
    scan("04AA0001"),
    touch('.access-stay:contains("A-001")'),
    touch('.modal button:contains("Correct the Bill")'),
    type(".access-amount", "20"),
    type(".access-reason", "Gate was stuck"),
    touch(".access-confirm"),
    see('.modal .alert:contains("at most what is owed")'),
    type(".access-amount", "4"),
    touch(".access-confirm"),
    line("Gate was stuck"),
    ProductScreen.totalAmountIs("8.00"),
    ProductScreen.clickPayButton(),
    payCash(),
    printedTickets("A-001")
);

tour(
    "reprint",
    scan("04AA0001"),
    ProductScreen.clickPayButton(),
    payCash(),
    printedTickets("A-001"),
    ReceiptScreen.clickNextOrder(),
    Chrome.clickOrders(),
    TicketScreen.selectFilter("Paid"),
    TicketScreen.selectOrderByPrice("12.00"),
    touch('.ticket-screen button:contains("Print Receipt")'),
    printedTickets("A-001", "A-001")
);

tour(
    "no_correction",
    scan("04AA0001"),
    touch('.access-stay:contains("A-001")'),
    see('.modal .access-actions:contains("Band Is Lost")'),
    see('.modal .access-actions:not(:contains("Correct"))')
);

tour(
    "locker",
    scan("04AA0001"),
    see('.access-locked:contains("Locker 12 is still locked")'),
    touch(".access-exit"),
    see('.modal:contains("Locker 12 of band A-001 is locked")'),
    touch('.modal button:contains("Let Out Anyway")'),
    told("Exit ticket printed: A-001"),
    printedTickets("A-001")
);

tour(
    "locker_keeps",
    scan("04AA0001"),
    touch(".access-exit"),
    told("Locker 12 of band A-001 is locked"),
    onBill("A-001"),
    printedTickets()
);

tour(
    "group",
    scan("04AA0001"),
    onBill("A-001"),
    onBill("A-003"),
    see('.access-unread:contains("A-002, A-003")'),
    scan("04AA0002"),
    see('.access-unread:contains("A-003"):not(:contains("A-002"))'),
    touch(".access-exit"),
    see('.modal:contains("not held to the reader: A-003")'),
    touch('.modal button:contains("All Are Back")'),
    told("Exit ticket printed: A-001, A-002, A-003"),
    printedTickets("A-001", "A-002", "A-003")
);

tour(
    "two_touches",
    countTouches(),
    scan("04AA0001"),
    onBill("A-001"),
    ProductScreen.clickPayButton(),
    counted(1),
    PaymentScreen.clickBack(),
    touch('.access-stay:contains("A-001")'),
    touch('.modal button:contains("Take off This Bill")'),
    see(".product-screen:not(:has(.access-bill-panel))"),
    ProductScreen.clickDisplayedProduct("Champagne"),
    countTouches(),
    scan("04AA0001"),
    touch('.selection-item:contains("Pay the bill of the band as well")'),
    onBill("A-001"),
    ProductScreen.clickPayButton(),
    counted(2)
);

tour(
    "sale_over_restart",
    ProductScreen.clickDisplayedProduct("Family"),
    scan("04AA0001"),
    see('.access-chip:contains("A-001")'),
    scan("04AA0002"),
    see('.access-chip:contains("A-002")'),
    scan("04AA0005"),
    see('.access-chip:contains("A-005")'),
    ProductScreen.clickPayButton(),
    OfflineUtil.setOfflineMode(),
    PaymentScreen.clickValidate(),
    Dialog.confirm("Continue with limited functionality"),
    ReceiptScreen.isShown(),
    told("bands open nothing until the server is back"),
    // The till is started anew, and the server is there again.
    refresh(),
    see(".pos"),
    sent(3)
);

tour(
    "exit_without_server",
    scan("04AA0001"),
    onBill("A-001"),
    ProductScreen.clickPayButton(),
    OfflineUtil.setOfflineMode(),
    PaymentScreen.clickValidate(),
    Dialog.confirm("Continue with limited functionality"),
    ReceiptScreen.isShown(),
    told("exit tickets come when the server is back"),
    printedTickets(),
    ReceiptScreen.clickNextOrder(),
    OfflineUtil.setOnlineMode(),
    told("Exit ticket printed: A-001"),
    printedTickets("A-001")
);

tour(
    "places",
    see(".access-places .text-danger"),
    ProductScreen.clickDisplayedProduct("Family"),
    see('.access-places-notice:contains("Pool is full. Next free place in about")'),
    touch(".access-places-notice"),
    see('.modal .access-place:contains("1 / 1"):contains("Full")'),
    see('.modal .access-place:contains("Wet Area"):contains("39 free")'),
    touch('.modal button:contains("Close")'),
    touch(".access-places"),
    see(".modal .access-place")
);
