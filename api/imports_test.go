package api_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCreateImport_KeepsTheSameFileOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const path = "/v1/imports?creditor=acme&kind=invoices&name=rows.csv&options=decimal:comma"
	send := func(path, content string) answer {
		return w.request(http.MethodPost, path, w.finance(), "application/octet-stream", []byte(content), nil)
	}
	first := send(path, "a;b\n")
	require.Equal(t, http.StatusAccepted, first.status)
	require.Equal(t, "waiting", first.json(t)["status"])
	again := send(path, "a;b\n")
	require.Equal(t, http.StatusOK, again.status)
	require.Equal(t, first.json(t)["id"], again.json(t)["id"])

	require.Equal(t, []string{" empty"}, send(path, "").codes(t))
	require.Equal(t, []string{"options invalid_form"}, send("/v1/imports?creditor=acme&kind=invoices&options=nonsense", "x").codes(t))
	require.Equal(t, http.StatusNotFound, send("/v1/imports?creditor=other&kind=invoices", "x").status)

	id := first.json(t)["id"].(string)
	w.exec(`insert into upload_fault (upload_id, seq, line, field, code, message) values ($1, 1, 3, '=amount', 'not_a_number', 'write 1.00')`, id)
	csv := w.request(http.MethodGet, "/v1/imports/"+id+"/faults?format=csv", w.finance(), "", nil, nil)
	require.Equal(t, "line,field,code,message\n3,'=amount,not_a_number,write 1.00\n", string(csv.body))
}
