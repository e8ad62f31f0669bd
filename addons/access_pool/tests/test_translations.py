from odoo.addons.access_base.tests.translations_common import TranslationsCommon


class TestTranslations(TranslationsCommon):
    def test_translators_have_every_text(self):
        self._assert_current("access_pool")
