package ews_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"

	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/remote/ews"
)

// A connection that breaks in the middle of being let in is no wrong password.
func TestALineThatBreaksWhileLettingInIsUnclear(t *testing.T) {
	s, _ := exchange(t, clock.System)
	s.Offer("NTLM")
	calls := 0
	c := client(t, clock.System, ews.Config{URL: "https://x.example/EWS/Exchange.asmx", Way: func() (http.RoundTripper, error) {
		direct := s.Transport()
		return trip(func(r *http.Request) (*http.Response, error) {
			answer, err := direct.RoundTrip(r)
			if calls++; err == nil && answer.StatusCode == http.StatusOK {
				return nil, io.ErrUnexpectedEOF
			}
			return answer, err
		}), nil
	}})
	all := c.Mailbox(ada, set, "kept").Create(t.Context(), "", []ews.Write{{Mark: "m", Card: full()}})
	if !errors.Is(all[0].Err, ews.ErrUnclear) || len(s.Contacts(ada)) != 1 {
		t.Errorf("%v after %d messages", all[0].Err, calls)
	}
}

// A server that takes a call and never answers holds nobody for ever.
func TestASilentServerIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := client(t, clock.System, ews.Config{URL: "https://x.example/EWS/Exchange.asmx", Way: func() (http.RoundTripper, error) {
			return trip(func(r *http.Request) (*http.Response, error) {
				<-r.Context().Done()
				return nil, r.Context().Err()
			}), nil
		}})
		if _, err := c.Mailbox(ada, set, "kept").Folders(t.Context()); !fault.Is(err, fault.Unavailable) {
			t.Error(err)
		}
	})
}

// A character that XML does not have, in what a person typed, makes no contact
// unreadable.
func TestIllegalCharactersAreLeftOut(t *testing.T) {
	const text = `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><m:GetItemResponse xmlns:m="m" xmlns:t="t"><m:ResponseMessages><m:GetItemResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode><m:Items><t:Contact><t:ItemId Id="i"/><t:Body>a&#x1F;&#11;&#x0;&#xB;b&#xA;&#x9;&#13;&#34;c</t:Body></t:Contact></m:Items></m:GetItemResponseMessage></m:ResponseMessages></m:GetItemResponse></s:Body></s:Envelope>`
	c := client(t, clock.System, ews.Config{URL: "https://x.example/EWS/Exchange.asmx", Way: func() (http.RoundTripper, error) {
		return trip(func(*http.Request) (*http.Response, error) {
			w := httptest.NewRecorder()
			_, _ = w.WriteString(text)
			return w.Result(), nil
		}), nil
	}})
	if is, err := c.Mailbox(ada, set, "kept").Item(t.Context(), "i"); err != nil || is.Card.Note != "ab\n\t\r\"c" {
		t.Errorf("%q, %v", is.Card.Note, err)
	}
}

func TestACallThatIsCalledOffEnds(t *testing.T) {
	_, c := exchange(t, clock.System)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Mailbox(ada, set, "kept").Folders(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
