// Package period counts time as promises do: in calendar years and months, in
// days, in hours and less.
//
// 31 January plus one month is 28 or 29 February: where the last month has no
// such day, the period ends with the last moment of that month, as Regulation
// (EEC, Euratom) 1182/71, Art. 3(2)(c) counts. A period may run on to the end
// of its year (§ 147 AO, § 199 BGB). The package is pure and knows no zone but
// the one of the time it is given; Kept gives UTC.
//
// What is owed to people and authorities by a day ends as the Regulation counts
// it, on a working day of a Calendar: an answer within a month (Art. 12(3) GDPR).
// What is kept ends on the calendar alone, whatever day that is.
package period
