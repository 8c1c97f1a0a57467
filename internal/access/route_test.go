package access

import (
	"maps"
	"slices"
	"testing"
)

// Who holds each right, said a second time: a word too many in the grants opens a door
// that no other test looks at.
func TestEachRightIsHeldByThoseRolesAlone(t *testing.T) {
	all := append(Roles(), CustomerRoles()...)
	staff, portal := []Role{Owner, Officer, Clerk}, CustomerRoles()
	held := map[Right][]Role{
		Anyone: all, Browser: all, SignIn: all,
		Overview: staff, Operate: {Owner}, Audit: {Owner, Officer}, Requests: {Owner, Officer}, Decide: {Owner, Officer}, Enter: staff,
		Meetings: {Owner, Clerk}, Bookings: {Owner, Clerk}, Newsletter: {Owner, Clerk}, Contact: {Owner, Clerk}, Customers: {Owner, Clerk}, Subscriptions: {Owner},
		Member: portal, Order: {CustomerOwner, CustomerBilling}, SetUp: {CustomerOwner, CustomerAdmin}, Govern: {CustomerOwner},
	}
	for right, roles := range held {
		for _, role := range append(all, Role("another")) {
			if want := slices.Contains(roles, role); role.May(right) != want {
				t.Errorf("%q may %q: %v, want %v", role, right, role.May(right), want)
			}
		}
	}
	for role, rights := range maps.All(grants) {
		for _, right := range rights {
			if held[right] == nil {
				t.Errorf("%q is granted to %q; say here who holds it", right, role)
			}
		}
	}
	for _, role := range portal {
		if role.Known() {
			t.Errorf("%q is a role of the staff", role)
		}
	}
}
