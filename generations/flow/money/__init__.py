"""What it costs: quoted, reserved, spent or given back, limited, and explained to the last credit."""
