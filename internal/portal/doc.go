// Package portal is the door at which those who have an account are signed in: the
// frame of its pages, their language, their headers, what answers where nothing is.
//
// The door has an origin of its own, so that no script of the site acts as somebody
// who is signed in. Who that is a kind of activity knows, and what they may see the
// access table says; the room learns both by functions. While the policy has no
// entry that keeps accounts, the door answers nothing but that there is nothing.
//
// The room refuses pages to be framed, to be stored, and to run a script that is not
// of this door. It refuses a form that was shown to somebody else, or for another
// customer than the one for whom its sender acts now; the frame marks every form, so a
// kind has nothing to do for that.
package portal

//go:generate go run ../../browser/bundle/write.go portal ../../browser
