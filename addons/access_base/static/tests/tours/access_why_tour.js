import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("access_why", {
    steps: () => [
        {
            content: "Ask on the row",
            trigger: ".o_data_row:contains(Anna Nowak) button[name=action_why]",
            run: "click",
        },
        {
            content: "What was decided then, and by which rules today",
            trigger: ".modal [name=then_words]:contains(No right for this point)",
        },
        {
            content: "The rule that stops is named",
            trigger:
                ".modal .o_access_why tr:contains(covers Gym turnstile):contains(stops)",
        },
        {
            content: "Close",
            trigger: ".modal footer button:contains(Close)",
            run: "click",
        },
        {
            content: "Back on the list",
            trigger: "body:not(:has(.modal)) .o_list_view",
        },
    ],
});

registry.category("web_tour.tours").add("access_rehearse", {
    steps: () => [
        {
            content: "Rehearse a change of the right",
            trigger: "button[name=action_rehearse]",
            run: "click",
        },
        {
            content: "Edit the draft",
            trigger: "button[name=action_edit]",
            run: "click",
        },
        {
            content: "No Saturdays any more",
            trigger:
                ".o_form_view:contains(no door follows it) [name=on_saturday] input",
            run: "click",
        },
        {
            content: "Go back, which saves it",
            trigger: "button[name=action_view_rehearsal]",
            run: "click",
        },
        {
            content: "Replay",
            trigger: "button[name=action_replay]",
            run: "click",
        },
        {
            content: "Anna would be refused",
            trigger: ".o_data_row:contains(Newly refused):contains(Anna Nowak)",
        },
        {
            content: "Apply",
            trigger: "button[name=action_apply]",
            run: "click",
        },
        {
            content: "Yes",
            trigger: ".modal footer .btn-primary",
            run: "click",
        },
        {
            content: "Applied",
            trigger: ".o_arrow_button_current:contains(Applied)",
        },
    ],
});
