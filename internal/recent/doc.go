// Package recent remembers what was asked for of late, in bounded memory, for
// those who ask many thousand times a second.
//
// A list that each question reorders costs more than the question: its lock is
// taken for writing, and the neighbours that are moved lie anywhere in memory. So
// nothing is ordered here. There are two halves; what is new, or found in the old
// half, enters the young one; when that is full it becomes the old one, and what
// was in the old one and not asked for since is forgotten.
//
// The room refuses to remember more than it was made for, and to bring back what
// was removed meanwhile.
package recent
