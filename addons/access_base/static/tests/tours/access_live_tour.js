import {rpc} from "@web/core/network/rpc";
import {registry} from "@web/core/registry";

/** Holds a card to the turnstile of the test (see test_access_event_live.py). */
function holdCard(value) {
    return rpc("/web/dataset/call_kw/access.point/hold_card", {
        model: "access.point",
        method: "hold_card",
        args: [value],
        kwargs: {},
    });
}

registry.category("web_tour.tours").add("access_live", {
    steps: () => [
        {
            content: "The screen is connected",
            trigger: ".o_access_live[data-state=connected]",
        },
        {
            content: "Anna passes",
            trigger: ".o_list_view",
            run: () => holdCard("04A1B2C3"),
        },
        {
            content: "She appears without a reload of the page",
            trigger: ".o_data_row:contains(Anna Nowak):contains(Granted)",
        },
        {
            content: "Somebody holds an unknown card to the reader",
            trigger: ".o_list_view",
            run: () => holdCard("04:DE:AD:BE:EF"),
        },
        {
            content: "The refusal appears on top; open it",
            trigger: ".o_data_row:first:contains(Unknown credential) td[name=point_id]",
            run: "click",
        },
        {
            content: "Issue the card",
            trigger: "button[name=action_issue_credential]",
            run: "click",
        },
        {
            content: "Its number is there; only the holder is missing",
            trigger: ".modal .o_field_widget[name=value]:contains(04DEADBEEF)",
        },
        {
            content: "Name the holder",
            trigger: ".modal .o_field_widget[name=partner_id] input",
            run: "edit Anna Nowak",
        },
        {
            content: "Choose her",
            trigger: ".o-autocomplete--dropdown-item:contains(Anna Nowak)",
            run: "click",
        },
        {
            content: "Save",
            trigger: ".modal .o_form_button_save",
            run: "click",
        },
        {
            content: "Back on the slip",
            trigger: "body:not(:has(.modal)) .o_form_view",
        },
    ],
});
