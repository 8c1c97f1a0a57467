package account

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"kept/internal/access"
	"kept/internal/fault"
)

// Where the owners' mailboxes are gone the operator lets somebody in as an owner: they
// come in by their own mailbox, whoever acts for the customer hears of it, and the
// ledger says who did it.
func TestTheOperatorInvitesAnOwner(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		ada := h.register(1, "ada@firma.example")
		invite := func(email string) int {
			r := httptest.NewRequest(http.MethodPost, "/customers/"+ada.Customer+"/invite", strings.NewReader(url.Values{"email": {email}}.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			answer := h.Staff(r)
			h.body(answer)
			return answer.StatusCode
		}
		for _, wrong := range []string{"nobody", "ada@firma.example"} {
			if got := invite(wrong); got != http.StatusBadRequest {
				t.Errorf("%s: %d", wrong, got)
			}
		}
		if n := h.count(invitationTable); n != 0 {
			t.Errorf("%d invitations are left", n)
		}
		if got := invite("bob@firma.example"); got != http.StatusSeeOther {
			t.Fatalf("%d", got)
		}
		h.Work()
		told := h.Sink.To("ada@firma.example")
		if text := told[len(told)-1].Read().Text; !strings.Contains(text, "bob@firma.example") || strings.Contains(text, "/join/") {
			t.Errorf("who acts for it reads:\n%s", text)
		}
		token, err := h.Accounts.Accept(ctx, h.token("bob@firma.example"), "", "en")
		h.fatal(err)
		bob := h.session(token)
		if bob.Customer != ada.Customer || bob.Role != access.CustomerOwner {
			t.Errorf("came in as %+v", bob)
		}
		_, err = h.Ledger.Sequence(ctx)
		h.fatal(err)
		if leaves, err := h.Ledger.Count(ctx); err != nil || leaves["customer.invited-by"] != 1 {
			t.Errorf("%d leaves, %v", leaves["customer.invited-by"], err)
		}
		h.fatal(h.InviteFor(ctx, ada.Customer, "cid@firma.example", "test"))
		late := h.token("cid@firma.example")
		h.fatal(h.DeleteCustomer(ctx, bob))
		if _, err := h.Accounts.Accept(ctx, late, "", "en"); !fault.Is(err, fault.NotFound) {
			t.Errorf("into a customer that goes: %v", err)
		}
		if err := h.InviteFor(ctx, ada.Customer, "dan@firma.example", "test"); err == nil {
			t.Error("to a customer that goes")
		}
	})
}
