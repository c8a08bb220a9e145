CREATE TABLE `stripe_events` (
	`id` text PRIMARY KEY NOT NULL,
	`type` text NOT NULL,
	`account_id` text,
	`created_at` integer NOT NULL,
	`received_at` integer NOT NULL,
	`handled_at` integer
) WITHOUT ROWID;--> statement-breakpoint
CREATE INDEX `stripe_events_waiting` ON `stripe_events` (`account_id`,`received_at`) WHERE "stripe_events"."handled_at" IS NULL;--> statement-breakpoint
CREATE TABLE `subscription_events` (
	`account_id` text NOT NULL,
	`version` integer NOT NULL,
	`at` integer NOT NULL,
	`actor` text NOT NULL,
	`before` text NOT NULL,
	`after` text NOT NULL,
	`reason` text NOT NULL,
	`stripe` text NOT NULL,
	PRIMARY KEY(`account_id`, `version`)
) WITHOUT ROWID;--> statement-breakpoint
CREATE TABLE `subscriptions_new` (
	`account_id` text PRIMARY KEY NOT NULL,
	`version` integer NOT NULL,
	`entitlement` text NOT NULL,
	`plan` text NOT NULL,
	`grows_until` integer NOT NULL,
	`due_at` integer,
	`customer_id` text,
	`trial_network` text,
	`deployments_limit` integer
) WITHOUT ROWID;--> statement-breakpoint
INSERT INTO `subscriptions_new` (`account_id`, `version`, `entitlement`, `plan`, `grows_until`, `due_at`, `deployments_limit`)
SELECT `account_id`, 0,
	json_object('schemaVersion', 1, 'phase', json_object('is', 'trial', 'endsAt', `ends_at`), 'turn', 0, 'facts', NULL,
		'unclear', NULL, 'wasSubscribed', json('false')),
	'trial', `ends_at`, `ends_at`, `deployments_limit`
FROM `subscriptions`;--> statement-breakpoint
DROP TABLE `subscriptions`;--> statement-breakpoint
ALTER TABLE `subscriptions_new` RENAME TO `subscriptions`;--> statement-breakpoint
CREATE UNIQUE INDEX `subscriptions_customer` ON `subscriptions` (`customer_id`);--> statement-breakpoint
CREATE INDEX `subscriptions_trials` ON `subscriptions` (`grows_until`) WHERE "subscriptions"."plan" = 'trial';--> statement-breakpoint
CREATE INDEX `subscriptions_network` ON `subscriptions` (`trial_network`) WHERE "subscriptions"."trial_network" IS NOT NULL;--> statement-breakpoint
CREATE INDEX `subscriptions_due` ON `subscriptions` (`due_at`) WHERE "subscriptions"."due_at" IS NOT NULL;--> statement-breakpoint
CREATE TRIGGER `subscription_events_kept` BEFORE UPDATE ON `subscription_events`
BEGIN
	SELECT RAISE(ABORT, 'subscription_events is append-only');
END;--> statement-breakpoint
CREATE TRIGGER `subscription_events_not_deleted` BEFORE DELETE ON `subscription_events`
BEGIN
	SELECT RAISE(ABORT, 'subscription_events is append-only');
END;
