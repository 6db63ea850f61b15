namespace OpenMeet.Insights.Tests.Hosting;

/// <summary>One call of the story.</summary>
/// <param name="Operation">The operation's name.</param>
/// <param name="Method">The HTTP method.</param>
/// <param name="Path">Below /api/v1; what is in braces was kept of an answer before.</param>
/// <param name="Body">What is sent; null for nothing.</param>
/// <param name="Media">As what.</param>
/// <param name="Keep">Under which name a value of the answer is kept; null for none.</param>
/// <param name="At">Where in the answer it stands.</param>
/// <param name="IsShown">Whether it is the operation's example; each operation has one.</param>
internal sealed record ApiStep(string Operation, string Method, string Path, string? Body = null, string Media = "application/json", string? Keep = null, string At = "id", bool IsShown = true);

/// <summary>A chess club from its first description to the erasure of a person: every operation of the API once, on 20 November 2025.</summary>
internal static class ApiStory
{
    private const string Overridden = """{"kind":"group","key":"chess-club","meter":"storage","limit":"12000000000","limitKind":"hard","reason":"Festival in May","expiresAt":"2026-06-01T00:00:00Z"}""";
    private const string Reserved = """{"user":"ann","group":"chess-club","meter":"uploaded","amount":"5000000","ttlSeconds":600}""";

    public static IReadOnlyList<ApiStep> Steps { get; } =
    [
        // Who they are.
        new("PutTenant", "PUT", "tenants/{tenant}", """{"name":"Chess lovers"}"""),
        new("GetTenant", "GET", "tenants/{tenant}"),
        new("ListTenants", "GET", "tenants"),
        new("CreateKey", "POST", "keys", """{"name":"openmeet-api","scopes":["ingest","directory"],"expiresAt":"2026-11-20T00:00:00Z"}""", Keep: "key"),
        new("ListKeys", "GET", "keys"),
        new("RevokeKey", "DELETE", "keys/{key}"),
        new("DescribeUser", "PUT", "directory/users/ann", """{"name":"Ann Arbor","email":"ann@example.org","numericId":17}"""),
        new("DescribeGroup", "PUT", "directory/groups/chess-club", """{"name":"Chess club","ownerKey":"ann","timeZone":"Europe/Berlin"}"""),
        new("SyncDirectory", "POST", "directory/sync", """
            {"type":"user","key":"bob","name":"Bob Byte"}
            {"type":"member","group":"chess-club","user":"ann","role":"owner"}
            """, "application/x-ndjson"),
        new("DescribeMember", "PUT", "directory/groups/chess-club/members/bob", """{"role":"moderator"}"""),
        new("ListDirectoryUsers", "GET", "directory/users?limit=2"),
        new("GetDirectoryUser", "GET", "directory/users/ann"),
        new("ListDirectoryGroups", "GET", "directory/groups"),
        new("GetDirectoryGroup", "GET", "directory/groups/chess-club"),
        new("ListMembers", "GET", "directory/groups/chess-club/members"),
        new("Invite", "POST", "invitations", """{"email":"ann@example.org","role":"member","user":"ann"}""", Keep: "invitation"),
        new("ListInvitations", "GET", "invitations?limit=2"),
        new("WithdrawInvitation", "DELETE", "invitations/{invitation}"),

        // What they do.
        new("IngestEvents", "POST", "events", """
            [
              {"specversion":"1.0","id":"f-0","source":"/openmeet","type":"file.uploaded","time":"2024-06-01T09:00:00Z","subject":"ann","data":{"group":"chess-club","file":"photos/first.jpg","size_bytes":4000000,"kind":"photo"}},
              {"specversion":"1.0","id":"f-1","source":"/openmeet","type":"file.uploaded","time":"2025-11-03T09:00:00Z","subject":"ann","data":{"group":"chess-club","file":"photos/board.jpg","size_bytes":2400000,"kind":"photo"}},
              {"specversion":"1.0","id":"m-1","source":"/openmeet","type":"message.sent","time":"2025-11-04T18:30:00Z","subject":"bob","data":{"group":"chess-club"}},
              {"specversion":"1.0","id":"m-2","source":"/openmeet","type":"message.sent","time":"2025-11-04T18:31:00Z","subject":"bob","data":{"group":"chess-club"}}
            ]
            """, "application/cloudevents-batch+json"),
        new("IngestEvents", "POST", "events", """
            [{"specversion":"1.0","id":"d-1","source":"/openmeet","type":"file.deleted","time":"2025-11-05T09:00:00Z","subject":"bob","data":{"file":"never-seen.jpg","size_bytes":100}}]
            """, "application/cloudevents-batch+json", IsShown: false),
        new("ImportOpenMeetLog", "POST", "import/openmeet-log", """
            [Nest] 1  - 11/19/2025, 8:00:00 AM     LOG {"event":"http_request","timestamp":"2025-11-19T08:00:00.000Z","method":"GET","path":"/api/groups/chess-club/events","status":200,"duration_ms":41,"area":"groups","tenant_id":"1","user_id":17}
            [Nest] 1  - 11/19/2025, 8:00:01 AM     LOG Mapped {/api/health, GET} route
            """, "text/plain"),
        new("ListEvents", "GET", "events?subject=bob&type=message.sent&limit=2"),
        new("VoidEvent", "POST", "events/void", """{"source":"/openmeet","id":"m-2","reason":"Sent twice by mistake"}"""),
        new("ListMeters", "GET", "meters"),
        new("GetMeter", "GET", "meters/storage"),
        new("CreateMeter", "POST", "meters", """{"slug":"photos","name":"Photos","unit":"photos","aggregation":"COUNT","eventType":"file.uploaded","groupBy":{"kind":"$.kind"}}"""),
        new("ChangeMeter", "PUT", "meters/photos", """{"name":"Photos shared"}"""),
        new("QueryMeter", "GET", "meters/uploaded/query?from=2025-11-01T00:00:00Z&to=2025-11-05T00:00:00Z&windowSize=DAY&groupBy=subject&filterGroupBy[group]=chess-club"),
        new("QueryMeterPost", "POST", "meters/uploaded/query", """{"from":"2025-11-01T00:00:00Z","to":"2025-12-01T00:00:00Z","subject":["ann"]}"""),
        new("ListMeterGroupByValues", "GET", "meters/uploaded/group-by/kind/values"),
        new("BackfillMeter", "POST", "meters/photos/backfill"),
        new("ArchiveMeter", "DELETE", "meters/photos"),

        // What it costs, and what they pay.
        new("SetRate", "POST", "rates", """{"meter":"storage","unitCost":"0.023","currency":"USD","from":"2025-01-01T00:00:00Z"}""", Keep: "rate"),
        new("ListRates", "GET", "rates"),
        new("GetRate", "GET", "rates/{rate}"),
        new("AddCostPool", "POST", "cost-pools", """{"name":"Disks","period":"2025-11","amount":"50.00","currency":"USD","driver":"storage","idlePercent":"20"}""", Keep: "bill"),
        new("ListCostPools", "GET", "cost-pools?period=2025-11"),
        new("GetCostPool", "GET", "cost-pools/{bill}"),
        new("CreatePlan", "POST", "plans", """{"key":"club","name":"Club","currency":"USD","fee":"8.00","items":[{"meter":"storage","included":"10","limit":"10000000000","limitKind":"hard","price":{"model":"per_unit","unitPrice":"1.00"}}]}"""),
        new("PreviewPlan", "POST", "plans/club/impact"),
        new("PublishPlan", "POST", "plans/club/publish", """{"effective":"2025-01-01T00:00:00Z"}"""),
        new("ChangePlan", "PUT", "plans/club", """{"key":"club","name":"Club","currency":"USD","fee":"9.00","items":[{"meter":"storage","included":"12","limit":"12000000000","limitKind":"soft","price":{"model":"per_unit","unitPrice":"0.90"}}]}"""),
        new("ListPlans", "GET", "plans"),
        new("GetPlan", "GET", "plans/club?version=1"),
        new("SetAccountPlan", "PUT", "accounts/group/chess-club/plan", """{"plan":"club","effective":"2025-09-01T00:00:00Z","reason":"Agreed with Ann"}"""),
        new("GetAccountPlan", "GET", "accounts/group/chess-club/plan"),
        new("GetUserUsage", "GET", "users/ann/usage?period=2025-11"),
        new("GetUserCosts", "GET", "users/ann/costs?period=2025-11"),
        new("GetUserStatement", "GET", "users/ann/statement?period=2025-11"),
        new("GetGroupUsage", "GET", "groups/chess-club/usage?period=2025-11"),
        new("GetGroupCosts", "GET", "groups/chess-club/costs?period=2025-11"),
        new("GetGroupStatement", "GET", "groups/chess-club/statement?period=2025-11"),
        new("GetUserForecasts", "GET", "forecasts/user/ann"),
        new("GetGroupForecasts", "GET", "forecasts/group/chess-club"),
        new("ListCosts", "GET", "costs?period=2025-11&by=group"),
        new("ListAnomalies", "GET", "anomalies"),

        // What they may.
        new("CheckQuota", "GET", "quotas/check?user=ann&group=chess-club&meter=storage&amount=5000000"),
        new("CheckQuotas", "POST", "quotas/check", """[{"user":"ann","group":"chess-club","meter":"storage","amount":"5000000"},{"user":"bob","meter":"messages"}]"""),
        new("Reserve", "POST", "quotas/reservations", Reserved, Keep: "reservation"),
        new("CommitReservation", "POST", "quotas/reservations/{reservation}/commit"),
        new("Reserve", "POST", "quotas/reservations", Reserved, Keep: "released", IsShown: false),
        new("ReleaseReservation", "DELETE", "quotas/reservations/{released}"),
        new("SetOverride", "POST", "quotas/overrides", Overridden, Keep: "override"),
        new("ListOverrides", "GET", "quotas/overrides"),
        new("GetOverride", "GET", "quotas/overrides/{override}"),
        new("UndoOverride", "POST", "quotas/overrides/{override}/undo"),
        new("SetOverride", "POST", "quotas/overrides", Overridden, Keep: "second", IsShown: false),
        new("EndOverride", "DELETE", "quotas/overrides/{second}"),

        // Why they are asked.
        new("Decide", "POST", "upgrade-decisions", """{"account":"group:chess-club"}""", Keep: "decision"),
        new("ListDecisions", "GET", "upgrade-decisions?account=group:chess-club&limit=1"),
        new("GetDecision", "GET", "upgrade-decisions/{decision}"),
        new("AnswerDecision", "POST", "upgrade-decisions/{decision}/response", """{"response":"dispute","reason":"data","text":"We deleted the videos in October."}"""),
        new("ListDisputes", "GET", "upgrade-disputes?state=open", Keep: "dispute", At: "items.0.id"),
        new("AnswerDispute", "POST", "upgrade-disputes/{dispute}/answer", """{"outcome":"notUpheld","text":"They are still stored; the list of files shows them."}"""),
        new("AnswerDecision", "POST", "upgrade-decisions/{decision}/response", """{"response":"snooze","until":"90%"}""", IsShown: false),
        new("WithdrawAnswer", "DELETE", "upgrade-decisions/{decision}/response"),
        new("UpgradeFunnel", "GET", "upgrade-funnel?days=30"),
        new("ListRules", "GET", "upgrade-rules"),
        new("GetRule", "GET", "upgrade-rules/1"),
        new("DraftRule", "POST", "upgrade-rules", """{"nearDays":20,"note":"Asks later"}"""),
        new("MoveRule", "POST", "upgrade-rules/2/state", """{"state":"shadow","reason":"Try it first"}"""),
        new("ReplayRule", "POST", "upgrade-rules/2/replay"),

        // Who is told.
        new("SetRate", "POST", "rates", """{"meter":"messages","unitCost":"1","currency":"USD","from":"2025-01-01T00:00:00Z"}""", IsShown: false),
        new("AddAlert", "POST", "alerts", """{"account":"group:chess-club","subject":"budget","amount":"0.50","thresholds":[75,100]}""", Keep: "alert"),
        new("ListAlerts", "GET", "alerts?account=group:chess-club"),
        new("GetAlert", "GET", "alerts/{alert}"),
        new("TestAlert", "POST", "alerts/{alert}/test"),
        new("ListToldAlerts", "GET", "alerts/history?account=group:chess-club&limit=2"),
        new("AddWebhook", "POST", "webhooks", """{"url":"{hooks}/insights","events":["plan.changed"],"description":"OpenMeet's API"}""", Keep: "webhook"),
        new("ListWebhooks", "GET", "webhooks"),
        new("TestWebhook", "POST", "webhooks/{webhook}/test"),
        new("ListDeliveries", "GET", "webhooks/{webhook}/deliveries?limit=2", Keep: "delivery", At: "items.0.id"),
        new("ResendDelivery", "POST", "webhooks/deliveries/{delivery}/resend"),
        new("RemoveWebhook", "DELETE", "webhooks/{webhook}"),

        // What a group decides for itself.
        new("SetGroupPolicy", "PUT", "groups/chess-club/policy", """
            {"reason":"Storage fills up","default":{"perFile":"20000000","perMonth":"500000000"},"roles":{"admin":{"perFile":"100000000"}},"members":{"bob":{"perDay":"50000000"}},"rights":{"createEvents":"moderator"},
             "retention":{"on":true,"legalHold":false,"kinds":{"photo":{"months":12,"after":"upload"}}},"budgets":{"{alert}":"ask"}}
            """),
        new("GetGroupPolicy", "GET", "groups/chess-club/policy"),
        new("AnswerGroupBudget", "POST", "groups/chess-club/policy/budgets/{alert}/answer", """{"answer":"goOn"}"""),
        new("ListDueFiles", "GET", "groups/chess-club/retention/due?limit=10"),
        new("PinFile", "PUT", "groups/chess-club/retention/pins/photos/first.jpg", """{"reason":"The founding evening"}"""),
        new("ListPinnedFiles", "GET", "groups/chess-club/retention/pins"),
        new("UnpinFile", "DELETE", "groups/chess-club/retention/pins/photos/first.jpg"),
        new("SetGroupPolicy", "PUT", "groups/chess-club/policy", """{"reason":"Too strict","default":{"perFile":"30000000"}}""", Keep: "policy", At: "version", IsShown: false),
        new("UndoGroupPolicy", "POST", "groups/chess-club/policy/{policy}/undo"),
        new("ChangeAlert", "PUT", "alerts/{alert}", """{"subject":"budget","amount":"25.00","thresholds":[90]}"""),
        new("EndAlert", "DELETE", "alerts/{alert}"),

        // A month ends, and somebody goes.
        new("ClosePeriod", "POST", "periods/2025-09/close"),
        new("GetPeriod", "GET", "periods/2025-09"),
        new("ListPeriods", "GET", "periods"),
        new("ExportUser", "GET", "directory/users/bob/export"),
        new("RemoveMember", "DELETE", "directory/groups/chess-club/members/bob"),
        new("EraseUser", "DELETE", "directory/users/bob"),
        new("ListAudit", "GET", "audit?action=plan.published&limit=2"),
    ];
}
