//! The link: the whole state of the page as the text of a URL's fragment.
