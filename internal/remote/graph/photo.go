package graph

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"kept/internal/fault"
	"kept/internal/remote/throttle"
)

// photos is the scope of photos of users: they lie in mailboxes and have a budget of
// their own, so that a refusal of one keeps no other reading of the directory waiting.
func (c *Client) photos() throttle.Scope { return throttle.Scope{Tenant: c.Tenant, Part: "photos"} }

// UserPhoto returns the picture of a user as a JPEG of size by size pixels (48, 64,
// 96, 120, 240, 360, 432, 504 or 648; the service takes the next it has), and a tag
// that changes with it. NotFound if there is none.
func (c *Client) UserPhoto(ctx context.Context, id string, size int) (jpeg []byte, tag string, err error) {
	s := strconv.Itoa(size)
	address := c.address(nil, "users", id, "photos", s+"x"+s, "$value")
	if err := c.do(ctx, call{scope: c.photos(), method: http.MethodGet, url: address, etag: &tag}, &jpeg); err != nil {
		return nil, "", fmt.Errorf("read the photo of a user: %w", err)
	}
	return jpeg, tag, nil
}

// UserPhotoTag returns the tag of a user's picture without the picture, NotFound
// if there is none. Lists of changed users do not tell of changed pictures on all
// tenants, so this is how to learn of one.
func (c *Client) UserPhotoTag(ctx context.Context, id string) (tag string, err error) {
	var about struct {
		Tag string `json:"@odata.mediaEtag"`
	}
	if err := c.do(ctx, call{scope: c.photos(), method: http.MethodGet, url: c.address(nil, "users", id, "photo")}, &about); err != nil {
		return "", fmt.Errorf("look at the photo of a user: %w", err)
	}
	return about.Tag, nil
}

// mostPhoto is what the service takes as the picture of a contact, in bytes.
const mostPhoto = 4 << 20

// SetPhoto gives a contact a picture. TooLarge from 4 MB.
func (m *Mailbox) SetPhoto(ctx context.Context, id string, jpeg []byte) error {
	if len(jpeg) >= mostPhoto {
		return fault.New(fault.TooLarge, "a contact's photo is smaller than 4 MB")
	}
	err := m.client.do(ctx, call{
		scope: m.scope(), method: http.MethodPut, url: m.at(nil, "contacts", id, "photo", "$value"), raw: jpeg, kind: "image/jpeg",
	}, nil)
	if err != nil {
		return fmt.Errorf("write the photo of a contact: %w", err)
	}
	return nil
}

// Photo returns the picture of a contact, NotFound if it has none.
func (m *Mailbox) Photo(ctx context.Context, id string) (jpeg []byte, err error) {
	if err := m.client.do(ctx, call{scope: m.scope(), method: http.MethodGet, url: m.at(nil, "contacts", id, "photo", "$value")}, &jpeg); err != nil {
		return nil, fmt.Errorf("read the photo of a contact: %w", err)
	}
	return jpeg, nil
}
