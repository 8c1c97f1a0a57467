package contactsync

// portalPath is below which the pages of the customer's administrator lie.
const portalPath = "/sync"
