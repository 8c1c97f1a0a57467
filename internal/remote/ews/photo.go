package ews

import (
	"context"
	"encoding/base64"
	"fmt"

	"kept/internal/fault"
)

// mostPhoto bounds the picture of a contact, in bytes.
const mostPhoto = 4 << 20

// photoName is the name by which Outlook knows the picture of a contact.
const photoName = "ContactPicture.jpg"

// SetPhoto gives a contact a picture, in the place of the one that it has. It is a
// call of its own behind the contact's: servers take a picture within a new contact
// without a word and do not store it. TooLarge from 4 MB.
func (m *Mailbox) SetPhoto(ctx context.Context, id string, jpeg []byte) error {
	if len(jpeg) >= mostPhoto {
		return fault.New(fault.TooLarge, "a contact's photo is smaller than 4 MB")
	}
	old, err := m.photos(ctx, id)
	if err == nil && len(old) > 0 {
		err = m.removePhotos(ctx, old)
	}
	if err == nil {
		_, err = m.client.one(ctx, call{mailbox: m.address, writes: true, request: el("m:CreateAttachment",
			el("m:ParentItemId").with("Id", id),
			el("m:Attachments", el("t:FileAttachment",
				says("t:Name", photoName), says("t:ContentType", "image/jpeg"), says("t:IsInline", "false"), says("t:IsContactPhoto", "true"),
				says("t:Content", base64.StdEncoding.EncodeToString(jpeg)))),
		)})
	}
	if err != nil {
		return fmt.Errorf("write the photo of a contact: %w", err)
	}
	return nil
}

// Photo returns the picture of a contact, NotFound if it has none.
func (m *Mailbox) Photo(ctx context.Context, id string) ([]byte, error) {
	all, err := m.photos(ctx, id)
	if err == nil && len(all) == 0 {
		err = fault.New(fault.NotFound, "the contact has no photo")
	}
	var answer message
	if err == nil {
		answer, err = m.client.one(ctx, call{mailbox: m.address, request: el("m:GetAttachment", el("m:AttachmentIds", el("t:AttachmentId").with("Id", all[0])))})
	}
	if err == nil && len(answer.Files) != 1 {
		err = fault.New(fault.NotFound, "the contact has no photo any more")
	}
	if err != nil {
		return nil, fmt.Errorf("read the photo of a contact: %w", err)
	}
	jpeg, err := base64.StdEncoding.DecodeString(answer.Files[0].Content)
	if err != nil {
		return nil, fault.New(fault.Unavailable, "the Exchange server sent a photo that cannot be read: %w", err)
	}
	return jpeg, nil
}

// photos returns the ids of a contact's pictures. Whether an attachment is one is
// asked of its list: not every server knows contacts:HasPicture.
func (m *Mailbox) photos(ctx context.Context, id string) ([]string, error) {
	w, err := m.get(ctx, id, el("m:ItemShape", says("t:BaseShape", "IdOnly"), el("t:AdditionalProperties", fieldURI("item:Attachments"))))
	if err != nil {
		return nil, err
	}
	var found []string
	for _, p := range w.Photos {
		if p.IsPhoto {
			found = append(found, p.ID.ID)
		}
	}
	return found, nil
}

func (m *Mailbox) removePhotos(ctx context.Context, ids []string) error {
	for _, id := range ids {
		_, err := m.client.one(ctx, call{mailbox: m.address, writes: true, request: el("m:DeleteAttachment",
			el("m:AttachmentIds", el("t:AttachmentId").with("Id", id)))})
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	return nil
}
