package contact

import (
	"context"

	"kept/internal/mail"
)

// Letter hands the correspondence a mail, as the post room does.
func (c *Correspondence) Letter(ctx context.Context, in mail.Incoming) error {
	return c.letter(ctx, in)
}

// Wish reports whether a mail is a wish for deletion.
func Wish(title, text string) bool { return wish(title, text) }
