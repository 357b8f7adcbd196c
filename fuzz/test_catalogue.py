"""Every obligation of the committed contract, one test each: ``POST /predict › body/carat › maximum › ulp``."""

import prove400_pytest

catalogue = prove400_pytest.Catalogue(target="api:create_app", contract="contracts/openapi.json")
