//! The tabs below the statement, and how the keyboard walks them.

/// What the pane shows of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    /// Its rows.
    Rows,
    /// A chart of them.
    Chart,
    /// What was read.
    Plan,
}

impl Tab {
    /// In their order.
    pub const ALL: [Self; 3] = [Self::Rows, Self::Chart, Self::Plan];

    /// The identities of its button and its panel, and its name.
    #[must_use]
    pub fn ids(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Rows => ("tab-rows", "panel-rows", "Rows"),
            Self::Chart => ("tab-chart", "panel-chart", "Chart"),
            Self::Plan => ("tab-plan", "panel-plan", "Plan"),
        }
    }

    /// Where a key of the keyboard leads to.
    #[must_use]
    pub fn beside(self, key: &str) -> Option<Self> {
        let place = Self::ALL.iter().position(|tab| *tab == self)?;
        let last = Self::ALL.len() - 1;
        let next = match key {
            "ArrowRight" => (place + 1) % Self::ALL.len(),
            "ArrowLeft" => place.checked_sub(1).unwrap_or(last),
            "Home" => 0,
            "End" => last,
            _ => return None,
        };
        Self::ALL.get(next).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_go_around() {
        assert_eq!(Tab::Rows.beside("ArrowRight"), Some(Tab::Chart));
        assert_eq!(Tab::Rows.beside("ArrowLeft"), Some(Tab::Plan));
        assert_eq!(Tab::Plan.beside("ArrowRight"), Some(Tab::Rows));
        assert_eq!(
            [Tab::Chart.beside("Home"), Tab::Chart.beside("End")],
            [Some(Tab::Rows), Some(Tab::Plan)]
        );
        assert_eq!(Tab::Chart.beside("Tab"), None);
    }
}
