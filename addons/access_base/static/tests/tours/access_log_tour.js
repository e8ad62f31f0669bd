import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("access_correct_presence", {
    steps: () => [
        {
            content: "The page that tells where the person is",
            trigger: ".nav-link[name=access]",
            run: "click",
        },
        {
            content: "In the gym, by the log",
            trigger: "[name=access_whereabouts]:contains(Gym, since)",
        },
        {
            content: "The last passage is there",
            trigger: "[name=access_last_event_ids] .o_data_row:contains(Has the right)",
        },
        {
            content: "Say where the person really is",
            trigger: "button[name=action_correct_presence]",
            run: "click",
        },
        {
            content: "And why",
            trigger: ".modal .o_field_widget[name=note] input",
            run: "edit Left by the fire door",
        },
        {
            content: "Correct",
            trigger: ".modal button[name=action_record]",
            run: "click",
        },
        {
            content: "The form shows it at once",
            trigger:
                "body:not(:has(.modal)) [name=access_whereabouts]:contains(Outside, since)",
        },
    ],
});

registry.category("web_tour.tours").add("access_check_log", {
    steps: () => [
        {
            content: "Check",
            trigger: "button[name=action_check]:contains(Check)",
            run: "click",
        },
        {
            content: "It is whole",
            trigger: ".alert-success:contains(The log is whole)",
        },
    ],
});

registry.category("web_tour.tours").add("access_passages", {
    steps: () => [
        {
            content: "Under duress comes first",
            trigger: ".o_data_row:first:contains(Under duress)",
        },
        {
            content: "All that the search shows can be exported",
            trigger: "button[name=action_export]",
        },
        {
            content: "As cards",
            trigger: ".o_switch_view.o_kanban",
            run: "click",
        },
        {
            content: "The warning is on its card, too",
            trigger: ".o_kanban_record:first:contains(Under duress)",
        },
    ],
});
