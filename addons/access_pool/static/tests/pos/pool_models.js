import {PosOrderLine} from "@point_of_sale/../tests/unit/data/pos_order_line.data";
import {PosSession} from "@point_of_sale/../tests/unit/data/pos_session.data";
import {ProductProduct} from "@point_of_sale/../tests/unit/data/product_product.data";
import {ProductTemplate} from "@point_of_sale/../tests/unit/data/product_template.data";
import {hootPosModels} from "@point_of_sale/../tests/unit/data/generate_model_definitions";
import {models} from "@web/../tests/web_test_helpers";
import {patch} from "@web/core/utils/patch";

class CustomerKind extends models.ServerModel {
    _name = "access.customer.kind";

    _load_pos_data_fields() {
        return ["id", "name", "band_color"];
    }

    _records = [
        {id: 1, name: "Adult", band_color: "blue"},
        {id: 2, name: "Child", band_color: "green"},
    ];
}

class Admission extends models.ServerModel {
    _name = "access.admission";

    _load_pos_data_fields() {
        return ["id", "name", "type", "line_ids"];
    }

    _records = [{id: 1, name: "Family", type: "bands", line_ids: [1, 2]}];
}

class AdmissionLine extends models.ServerModel {
    _name = "access.admission.line";

    _load_pos_data_fields() {
        return ["id", "admission_id", "kind_id", "count", "is_leader"];
    }

    _records = [
        {id: 1, admission_id: 1, kind_id: 1, count: 2, is_leader: false},
        {id: 2, admission_id: 1, kind_id: 2, count: 1, is_leader: false},
    ];
}

patch(hootPosModels, [...hootPosModels, CustomerKind, Admission, AdmissionLine]);

patch(PosSession.prototype, {
    _load_pos_data_models() {
        return [
            ...super._load_pos_data_models(),
            "access.customer.kind",
            "access.admission",
            "access.admission.line",
        ];
    },
});

patch(PosOrderLine.prototype, {
    _load_pos_data_fields() {
        return [
            ...super._load_pos_data_fields(),
            "access_charge_uuid",
            "access_bands",
            "access_card_id",
        ];
    },
});

patch(ProductTemplate.prototype, {
    _load_pos_data_fields() {
        return [...super._load_pos_data_fields(), "access_admission_id"];
    },
});

/** The number of the product that lets a family in: two adults and a child. */
export const FAMILY = 1700;
const like = (records) => records.find((record) => record.id === 5);

ProductTemplate._records = [
    ...ProductTemplate._records,
    {
        ...like(ProductTemplate._records),
        id: FAMILY,
        name: "Family",
        display_name: "Family",
        product_variant_ids: [FAMILY],
        access_admission_id: 1,
    },
];
ProductProduct._records = [
    ...ProductProduct._records,
    {
        ...like(ProductProduct._records),
        id: FAMILY,
        product_tmpl_id: FAMILY,
        display_name: "Family",
        barcode: false,
    },
];
