package view

// Day is how much a store has of a day, in UTC, of an environment. When it has the
// same later, none of the day's views has changed.
type Day struct {
	Environment string
	Day         int64 // its beginning in ms since 1970
	Views       int64 // that ended in it
	Changed     int64 // the newest changed_record of them; 0 if none has one
}

// Cursor is a place in the order in which views were stored: that of their
// changed_record, those of the same record by id.
type Cursor struct {
	Record int64
	ID     ID
}
