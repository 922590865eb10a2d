package api

import (
	"slices"

	"maan/internal/dunning"
)

// roles may call an operation.
type roles []dunning.Role

func (r roles) include(role dunning.Role) bool { return slices.Contains(r, role) }

//nolint:gochecknoglobals // the one table of who may do what
var (
	everybody = roles{dunning.RoleAuditor, dunning.RoleSales, dunning.RoleCollector, dunning.RoleFinance, dunning.RoleAdministrator}
	workers   = roles{dunning.RoleSales, dunning.RoleCollector, dunning.RoleFinance, dunning.RoleAdministrator}
	desk      = roles{dunning.RoleCollector, dunning.RoleFinance, dunning.RoleAdministrator}
	finance   = roles{dunning.RoleFinance, dunning.RoleAdministrator}
	admins    = roles{dunning.RoleAdministrator}
	overseers = roles{dunning.RoleAuditor, dunning.RoleAdministrator}

	permissions = map[string]roles{
		"getContactHealth": everybody, "getDigest": everybody,

		"listCreditors": everybody, "getCreditor": everybody, "listAccountManagers": everybody,
		"createCreditor": admins, "updateCreditor": admins, "createAccountManager": finance, "setCreditorHolidays": finance,
		"setCreditorMode": finance, "stopCreditor": finance, "resumeCreditor": finance,

		"listAgencies": everybody, "createAgency": admins,
		"listPolicies": everybody, "getPolicy": everybody, "publishPolicy": admins, "simulatePolicy": finance,
		"listApiKeys": overseers, "createApiKey": admins, "revokeApiKey": admins,

		"listCustomers": everybody, "getCustomer": everybody, "getCustomerCredit": everybody,
		"createCustomer": finance, "updateCustomer": finance, "createContact": desk, "updateContact": desk,
		"holdCustomer": desk, "silenceCustomer": desk, "liftCustomerSilence": desk, "setCustomerDoNotChase": desk, "liftCustomerDoNotChase": desk,

		"listInvoices": everybody, "getInvoice": everybody, "getInvoiceWhy": everybody, "getInvoiceTimeline": everybody,
		"getInvoicePlan": everybody, "getInvoiceLedger": everybody, "listInvoiceMessages": everybody, "listDocuments": everybody,
		"createInvoice": finance, "postUBL": finance, "addDocument": finance, "recordDelivery": finance, "migratePolicy": finance,
		"recordPayment": finance, "recordCreditNote": finance, "reversePayment": finance, "writeOffInvoice": finance,
		"openDispute": desk, "resolveDispute": desk, "holdInvoice": desk, "releaseHold": desk,
		"setInvoiceDoNotChase": desk, "liftInvoiceDoNotChase": desk,

		"listLawRates": everybody, "listTerms": everybody, "getClaim": everybody, "getStatement": everybody, "getInvoicePdf": everybody,
		"addLawRate": admins, "addTerms": finance, "waiveClaims": finance,

		"listTasks": everybody, "getTask": everybody, "claimTask": workers, "giveBackTask": workers, "closeTask": workers,

		"previewRelease": everybody, "listReleases": everybody, "getRelease": everybody, "createRelease": finance,
		"listBankStatements": everybody, "listBankEntries": everybody, "getBankEntry": everybody,
		"allocateBankEntry": finance, "ignoreBankEntry": finance,
		"listImports": everybody, "getImport": everybody, "listImportFaults": everybody, "createImport": finance,
		"listMessages": everybody, "getMessage": everybody, "previewMessage": everybody,
		"listReplies": everybody, "getReply": everybody, "getReplyFile": everybody, "assignReply": desk,

		"listEvents": everybody, "listWebhooks": overseers, "getWebhook": overseers, "listWebhookDeliveries": overseers,
		"listHookCounts": overseers, "createWebhook": admins, "deleteWebhook": admins, "testWebhook": admins, "replayWebhook": admins, "enableWebhook": admins,
	}
)
