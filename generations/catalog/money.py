"""How money, credits and lengths are written (ui.md sections 3 and 5): "≈ $0.20", "20 credits", "free"."""

from decimal import ROUND_HALF_UP, Decimal


def dollars(amount: Decimal) -> str:
    """$0.20, $12.50, $1,204.00; below a cent three places, so that a price is never shown as nothing."""
    places = Decimal("0.001") if amount and abs(amount) < Decimal("0.01") else Decimal("0.01")
    return f"${amount.quantize(places, ROUND_HALF_UP):,f}"


def estimate(amount: Decimal | None) -> str:
    """≈ $0.20, or nothing when it is not known."""
    return "" if amount is None else f"≈ {dollars(amount)}"


def official(amount: Decimal | None) -> str:
    """official API $1.60, or nothing."""
    return "" if amount is None else f"official API {dollars(amount)}"


def saved(amount: Decimal | None) -> str:
    """saved $0.70; nothing when nothing is saved or known."""
    return f"saved {dollars(amount)}" if amount and amount > 0 else ""


def credits(number: int | None) -> str:
    """20 credits, 1 credit, free, price unknown."""
    if number is None:
        return "price unknown"
    if number == 0:
        return "free"
    return f"{number:,} credit{'' if number == 1 else 's'}"


def line(money: Decimal | None, official_price: Decimal | None) -> str:
    """The first line of money in the dock: ≈ $0.20 · official API $1.60."""
    return " · ".join(part for part in (estimate(money), official(official_price)) if part)


def span(low: float, high: float, unit: str = "s") -> str:
    """20–40 s, with an en dash; one number when both are the same."""
    low, high = round(low), round(high)
    return f"{low} {unit}" if low == high else f"{low}–{high} {unit}"


def waiting(low: float, high: float) -> str:
    """A wait as a person says it: 20–40 s, 4–20 min."""
    if high < 120:
        return span(low, high, "s")
    return span(max(1, low / 60), max(1, high / 60), "min")


def length(seconds: float) -> str:
    """0:08, 1:10, 1:02:05."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
