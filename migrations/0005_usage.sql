CREATE TABLE `spend_caps` (
	`account_id` text PRIMARY KEY NOT NULL,
	`cap_cents` integer NOT NULL,
	`month` integer NOT NULL,
	`told` integer NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `usage_metrics` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`deployment_id` text NOT NULL,
	`kind` text NOT NULL,
	`bucket` integer NOT NULL,
	`quantity` integer NOT NULL,
	`report_due_at` integer,
	`sent_at` integer
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `usage_metrics_account` ON `usage_metrics` (`account_id`,`bucket`);--> statement-breakpoint
CREATE INDEX `usage_metrics_report` ON `usage_metrics` (`report_due_at`) WHERE "usage_metrics"."report_due_at" IS NOT NULL;--> statement-breakpoint
CREATE TABLE `usage_records` (
	`deployment_id` text NOT NULL,
	`id` text NOT NULL,
	`account_id` text NOT NULL,
	`version` integer NOT NULL,
	`content` text NOT NULL,
	`metered_until` integer,
	PRIMARY KEY(`deployment_id`, `id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `usage_records_metered` ON `usage_records` (`metered_until`) WHERE "usage_records"."metered_until" IS NOT NULL;