import {TicketScreen} from "@point_of_sale/app/screens/ticket_screen/ticket_screen";
import {patch} from "@web/core/utils/patch";

const {DateTime} = luxon;

patch(TicketScreen.prototype, {
    /**
     * With the receipt come its exit tickets, for who has lost theirs: each opens once.
     */
    async print(order) {
        await super.print(...arguments);
        const now = DateTime.now();
        const all = order.uiState.access.tickets || order.access_exit_tickets || [];
        const tickets = all.filter((ticket) => DateTime.fromISO(ticket.valid_to) > now);
        if (tickets.length) {
            await this.pos.accessDesk.bills.print(tickets);
        }
    },
});
