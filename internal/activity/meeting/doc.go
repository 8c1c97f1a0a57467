// Package meeting is the kind "meetings": conferences that are held with a tool
// of somebody else (Google Meet, Teams, Fathom), and what is kept of them.
//
// The room keeps the register: who took part when, what the tool measured, what
// was written down. What is shared in the tool stays at its provider and is
// declared as such. A recording is entered only if it was announced twice, with
// the invitation and right before the start, and people were told what for, who
// answers for it, who sees it, where it lies and for how long.
//
// The room refuses a recording without these announcements, one that a
// participant stopped, and to claim that it could stop somebody else's recorder.
package meeting
