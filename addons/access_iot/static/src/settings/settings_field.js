import {
    PropertiesField,
    propertiesField,
} from "@web/views/fields/properties/properties_field";
import {PropertyValue} from "@web/views/fields/properties/property_value";
import {parseFloat} from "@web/views/fields/parsers";
import {registry} from "@web/core/registry";

const NUMBERS = ["float", "integer"];

/**
 * Gives the number that was typed, false for none, or what was typed if it is no number:
 * Odoo would make 0 of that, which the server cannot refuse where 0 is allowed.
 */
export function typedNumber(type, text) {
    const typed = text.trim();
    if (!typed) {
        return false;
    }
    try {
        // Odoo's parser of integers refuses numbers of four bytes without a sign.
        const number = parseFloat(typed);
        return type === "integer" && !Number.isSafeInteger(number) ? typed : number;
    } catch {
        return typed;
    }
}

export class SettingValue extends PropertyValue {
    get displayValue() {
        const {type, value} = this.props;
        if (!NUMBERS.includes(type)) {
            return super.displayValue;
        }
        if (typeof value !== "number") {
            return value || "";
        }
        // A serial number or a port has no separators.
        return type === "integer" ? String(value) : super.displayValue;
    }

    async onValueChange(newValue) {
        if (NUMBERS.includes(this.props.type)) {
            return this.props.onChange(typedNumber(this.props.type, newValue));
        }
        return super.onValueChange(newValue);
    }
}

/** The settings of a device, each with its driver's help. */
export class SettingsField extends PropertiesField {
    static template = "access_iot.SettingsField";
    static components = {...PropertiesField.components, PropertyValue: SettingValue};
}

registry
    .category("fields")
    .add("access_settings", {...propertiesField, component: SettingsField});
