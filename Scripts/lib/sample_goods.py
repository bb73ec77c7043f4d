"""Names and prices of the sample shop: what a small grocer might have on the shelves."""

from __future__ import annotations

BRANDS: tuple[str, ...] = (
    "Alder & Co", "Harvest Lane", "Kitchen Table", "Blue Door", "Nordwell", "Señora Rosa",
    "Everyday",
)

# An item, its sizes, and what the smallest size costs about, in cents.
GOODS: tuple[tuple[str, tuple[str, ...], int], ...] = (
    ("Whole Milk", ("1 pt", "1 qt", "1 gal"), 139),
    ("Skim Milk", ("1 qt", "1 gal"), 189),
    ("Oat Drink", ("32 oz", "64 oz"), 299),
    ("Salted Butter", ("8 oz", "16 oz"), 279),
    ("Greek Yogurt", ("6 oz", "32 oz"), 109),
    ("Crème Fraîche", ("8 oz",), 379),
    ("Cheddar, Sharp", ("8 oz", "16 oz"), 329),
    ("Mozzarella, Shredded", ("8 oz", "16 oz"), 299),
    ("Eggs, Large", ("6 ct", "12 ct", "18 ct"), 159),
    ("Bananas", ("1 lb", "2 lb"), 59),
    ("Gala Apples", ("1 lb", "3 lb"), 129),
    ("Lemons", ("1 ct", "4 ct"), 49),
    ("Seedless Grapes", ("1 lb", "2 lb"), 199),
    ("Avocados", ("1 ct", "4 ct"), 99),
    ("Tomatoes, Vine", ("1 lb", "2 lb"), 179),
    ("Romaine Hearts", ("3 ct",), 299),
    ("Baby Spinach", ("5 oz", "10 oz"), 249),
    ("Carrots", ("1 lb", "2 lb", "5 lb"), 89),
    ("Russet Potatoes", ("5 lb", "10 lb"), 299),
    ("Yellow Onions", ("1 lb", "3 lb"), 99),
    ("Jalapeño Peppers", ("4 oz",), 79),
    ("Chicken Breast", ("1 lb", "3 lb"), 449),
    ("Ground Beef, 85% Lean", ("1 lb", "3 lb"), 529),
    ("Bacon, Hickory Smoked", ("12 oz", "16 oz"), 549),
    ("Sliced Turkey", ("9 oz", "16 oz"), 399),
    ("Salmon Fillet", ("6 oz", "12 oz"), 699),
    ("White Bread", ("20 oz",), 199),
    ("Whole Wheat Bread", ("24 oz",), 289),
    ("Bagels, Plain", ("6 ct",), 249),
    ("Flour Tortillas", ("8 ct", "20 ct"), 219),
    ('Frozen Pizza, 12"', ("1 ct", "2 ct"), 499),
    ("Frozen Peas", ("12 oz", "32 oz"), 149),
    ("Vanilla Ice Cream", ("1 pt", "48 oz"), 299),
    ("Waffles, Frozen", ("10 ct", "24 ct"), 249),
    ("Spaghetti", ("16 oz", "32 oz"), 129),
    ("Long Grain Rice", ("1 lb", "5 lb"), 149),
    ("Black Beans", ("15 oz",), 89),
    ("Tomato Soup", ("10.75 oz",), 119),
    ("Chicken Broth", ("32 oz",), 199),
    ("Diced Tomatoes", ("14.5 oz", "28 oz"), 99),
    ("Tuna in Water", ("5 oz", "4 x 5 oz"), 109),
    ("Peanut Butter, Creamy", ("16 oz", "40 oz"), 249),
    ("Strawberry Jam", ("12 oz", "18 oz"), 279),
    ("Olive Oil, Extra Virgin", ("17 oz", "34 oz"), 799),
    ("Sugar", ("4 lb", "10 lb"), 279),
    ("All-Purpose Flour", ("5 lb",), 259),
    ("Corn Flakes", ("12 oz", "18 oz"), 299),
    ("Rolled Oats", ("18 oz", "42 oz"), 249),
    ("Ground Coffee", ("12 oz", "30 oz"), 699),
    ("Black Tea", ("20 ct", "100 ct"), 249),
    ("Orange Juice", ("1 qt", "52 oz"), 249),
    ("Cola", ("2 l", "12 x 12 oz"), 179),
    ("Sparkling Water", ("1 l", "8 x 12 oz"), 99),
    ("Potato Chips", ("1.5 oz", "8 oz", "13 oz"), 129),
    ("Tortilla Chips", ("11 oz",), 299),
    ("Salsa, Medium", ("16 oz",), 279),
    ("Chocolate Bar, 70%", ("3.5 oz",), 229),
    ("Chocolate Chip Cookies", ("13 oz",), 329),
    ("Cat Food", ("3 oz", "24 x 3 oz"), 69),
    ("Dog Biscuits", ("24 oz",), 399),
    ("Paper Towels", ("1 roll", "6 rolls"), 149),
    ("Bath Tissue", ("4 rolls", "12 rolls"), 349),
    ("Dish Soap", ("24 oz",), 299),
    ("Laundry Detergent", ("50 oz", "100 oz"), 699),
    ("Toothpaste", ("4.8 oz",), 279),
    ("Shampoo", ("12 oz", "28 oz"), 399),
    ("AA Batteries", ("4 ct", "16 ct"), 499),
    ("Cut Flowers", ("1 bunch",), 599),
)

# What is rung up without a catalogue product: a description and what it costs.
UNLISTED: tuple[tuple[str, int], ...] = (
    ("Bottle deposit", 10), ("Paper bag", 5), ("Store coupon", 0), ("Gift wrap", 250),
)

FIRST_NAMES: tuple[str, ...] = (
    "Amara", "Bruno", "Chloé", "Dmitri", "Elif", "Farid", "Grace", "Hiro", "Inés", "Jonas",
    "Keiko", "Liam", "Maya", "Noor", "Oskar", "Priya", "Quinn", "Rosa", "Søren", "Tariq",
)

LAST_NAMES: tuple[str, ...] = (
    "Abe", "Brandt", "Castillo", "Diallo", "Evans", "Fischer", "García", "Hansen", "Ito", "Jones",
    "Kowalski", "Larsen", "Meyer", "Nguyen", "O'Brien", "Patel", "Rossi", "Silva", "Tanaka",
)
