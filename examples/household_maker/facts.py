"""Everything the household's records say, in one place, so that a test can change one value.

Not covered here: layout and wording. People, places, numbers and products are made up; telephone numbers lie
in the 555-01xx range that is kept for fiction.
"""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Facts:
    """The values of the records. Amounts are US dollars; ``int`` where the record writes whole dollars."""

    # Home policy
    policy_number: str = "HP-2231/07"
    policy_start: date = date(2025, 3, 1)
    policy_end: date = date(2026, 3, 1)
    hail_deductible: int = 1500
    other_deductible: int = 500
    water_deductible: int = 1000
    belongings_limit: int = 85000
    liability_limit: int = 300000
    premium: Decimal = Decimal("1284.00")
    claims_phone: str = "1-800-555-0142"
    claim_report_days: int = 10

    # Lease
    landlord: str = "Harold Pemberton"
    lease_start: date = date(2023, 10, 1)
    lease_rent: int = 1450
    deposit: int = 2175
    notice_days: int = 60
    late_fee: int = 75
    pet_deposit: int = 250

    # Dishwasher: receipt and warranty card
    store: str = "Brightwell Appliances"
    order_number: str = "BW-58213"
    purchase_date: date = date(2025, 3, 14)
    dishwasher_model: str = "Norvik DW-450"
    dishwasher_price: Decimal = Decimal("649.00")
    warranty_months: int = 24
    dishwasher_serial: str = "NK45-7730921"
    service_phone: str = "1-800-555-0177"

    # Blood results
    blood_taken: date = date(2025, 2, 11)
    ferritin: int = 18
    glucose: int = 92
    vitamin_d: int = 19
    vitamin_d_dose: int = 2000
    doctor: str = "Amelia Hart"

    # Pharmacy label
    rx_number: str = "7714-0926"
    drug: str = "Amoxicillin 500 mg"
    doses_per_day: int = 3
    days_of_treatment: int = 7
    refills: int = 1
    pharmacy_phone: str = "(608) 555-0167"
    prescriber: str = "S. Whitfield"

    # Electricity bill
    electricity_account: str = "4402-118-93"
    kwh: int = 412
    rate_per_kwh: Decimal = Decimal("0.1715")
    bill_due: date = date(2025, 5, 28)
    previous_bill: Decimal = Decimal("94.10")

    # House notes
    wifi_key: str = "maple-otter-62"
    rent_now: int = 1540
    rent_change: date = date(2025, 4, 1)
    kitchen_paint: str = "Sage Whisper SW-214"

    # Voice notes: a change here needs flite (see ``voice``)
    technician: str = "Peter Grant"
    boiler_cost: int = 185
    boiler_service: date = date(2025, 10, 20)
    passport_day: date = date(2025, 6, 5)
    gate_code: str = "4719"
    key_place: str = "blue flower pot"

    # Chat with Maria
    plumber: str = "Victor Hale"
    plumber_quote: int = 240
    plumber_visit: date = date(2025, 4, 24)
    plumber_phone: str = "608-555-0119"
    party_day: date = date(2025, 6, 14)
    party_rain_day: date = date(2025, 6, 21)

    @property
    def sales_tax(self) -> Decimal:
        """6.5 % on the two taxed lines of the receipt, dishwasher and installation kit."""
        return ((self.dishwasher_price + KIT_PRICE) * Decimal("0.065")).quantize(CENT, ROUND_HALF_UP)

    @property
    def receipt_subtotal(self) -> Decimal:
        """Sum of the receipt's four lines before tax."""
        return self.dishwasher_price + KIT_PRICE + DELIVERY_PRICE + HAUL_AWAY_PRICE

    @property
    def receipt_total(self) -> Decimal:
        """What was paid at the store."""
        return self.receipt_subtotal + self.sales_tax

    @property
    def energy_charge(self) -> Decimal:
        """Kilowatt-hours times rate."""
        return (self.kwh * self.rate_per_kwh).quantize(CENT, ROUND_HALF_UP)

    @property
    def electricity_due(self) -> Decimal:
        """Amount due on the electricity bill."""
        return self.energy_charge + BASIC_CHARGE + LOCAL_TAX


KIT_PRICE = Decimal("24.99")
DELIVERY_PRICE = Decimal("59.00")
HAUL_AWAY_PRICE = Decimal("25.00")
BASIC_CHARGE = Decimal("12.50")
LOCAL_TAX = Decimal("1.83")


def long_date(day: date) -> str:
    """``March 14, 2025``."""
    return f"{day:%B} {day.day}, {day.year}"


def short_date(day: date) -> str:
    """``03/14/2025``."""
    return f"{day:%m/%d/%Y}"


def usd(amount: int | Decimal) -> str:
    """``$1,500`` for whole dollars, ``$1,284.00`` for a Decimal."""
    return f"${amount:,}" if isinstance(amount, int) else f"${amount:,.2f}"
