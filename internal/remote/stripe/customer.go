package stripe

import (
	"context"
	"net/http"
	"net/url"
)

// Customer is who pays. Its fields are those that the policy lets Stripe have.
type Customer struct {
	ID      string
	Name    string
	Email   string
	Street  string
	City    string
	Country string
	Own     string // our number of the customer
}

// CreateCustomer makes a customer and returns its id.
func (c *Client) CreateCustomer(ctx context.Context, x Customer, key string) (id string, err error) {
	form := url.Values{}
	for name, value := range map[string]string{
		"name": x.Name, "email": x.Email, "address[line1]": x.Street, "address[city]": x.City, "address[country]": x.Country, "metadata[kept]": x.Own,
	} {
		if value != "" {
			form.Set(name, value)
		}
	}
	var got struct {
		ID string `json:"id"`
	}
	err = c.call(ctx, http.MethodPost, "customers", form, key, &got)
	return got.ID, err
}

// DeleteCustomer deletes a customer with all it has; Stripe ends its subscriptions at
// once.
func (c *Client) DeleteCustomer(ctx context.Context, id string) error {
	var got struct{}
	return c.call(ctx, http.MethodDelete, "customers/"+url.PathEscape(id), nil, "", &got)
}

// Checkout is a visit to Stripe's own page on which a subscription is paid.
type Checkout struct {
	Customer string
	Price    string
	Own      string // our number of the subscription, which comes back
	Trial    int64  // Unix seconds until which nothing is taken; 0: none
	Success  string // addresses to come back to
	Cancel   string
	Lang     string
}

// CreateCheckout returns the address of the page.
func (c *Client) CreateCheckout(ctx context.Context, x Checkout, key string) (address string, err error) {
	form := url.Values{
		"mode": {"subscription"}, "customer": {x.Customer}, "line_items[0][price]": {x.Price}, "line_items[0][quantity]": {"1"},
		"client_reference_id": {x.Own}, "subscription_data[metadata][kept]": {x.Own}, "success_url": {x.Success}, "cancel_url": {x.Cancel}, "locale": {x.Lang},
		"automatic_tax[enabled]": {"true"}, "tax_id_collection[enabled]": {"true"}, "customer_update[name]": {"auto"}, "customer_update[address]": {"auto"},
	}
	if x.Trial > 0 {
		form.Set("subscription_data[trial_end]", decimal(x.Trial))
	}
	var got struct {
		URL string `json:"url"`
	}
	err = c.call(ctx, http.MethodPost, "checkout/sessions", form, key, &got)
	return got.URL, err
}

// CreatePortal returns the address of the page on which the customer changes the way
// to pay and sees Stripe's invoices.
func (c *Client) CreatePortal(ctx context.Context, customer, back, lang string) (address string, err error) {
	var got struct {
		URL string `json:"url"`
	}
	err = c.call(ctx, http.MethodPost, "billing_portal/sessions", url.Values{"customer": {customer}, "return_url": {back}, "locale": {lang}}, "", &got)
	return got.URL, err
}
