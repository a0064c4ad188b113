//! SQL over tables: the session, the scan, the plan as a value, results as text and bytes.
