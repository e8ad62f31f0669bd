import polib

from odoo.modules import get_module_path
from odoo.tests import TransactionCase
from odoo.tools.translate import TranslationModuleReader


class TranslationsCommon(TransactionCase):
    def _assert_current(self, addon):
        """Compare what translators are given with the texts that an add-on has."""
        given = polib.pofile(f"{get_module_path(addon)}/i18n/{addon}.pot")
        rows = TranslationModuleReader(self.env.cr, modules=[addon], lang=None)
        texts = {source for _module, _type, _name, _id, source, *_rest in rows}
        self.assertEqual(
            {entry.msgid for entry in given}, texts, "Run `./dev translate`."
        )
