CREATE TABLE `data_keys` (
	`owner_id` text NOT NULL,
	`version` integer NOT NULL,
	`kek_id` text NOT NULL,
	`wrapped` text,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`owner_id`, `version`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `data_keys_kek` ON `data_keys` (`kek_id`);--> statement-breakpoint
CREATE TABLE `api_tokens` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`user_id` text NOT NULL,
	`name` text NOT NULL,
	`secret_hash` text NOT NULL,
	`scopes` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`used_at` integer,
	`revoked_at` integer
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `api_tokens_account` ON `api_tokens` (`account_id`);--> statement-breakpoint
CREATE TABLE `audit_logs` (
	`id` text NOT NULL,
	`chain` text NOT NULL,
	`at` integer NOT NULL,
	`actor_kind` text NOT NULL,
	`actor_id` text,
	`action` text NOT NULL,
	`target_id` text,
	`outcome` text NOT NULL,
	`request_id` text,
	`content` text NOT NULL,
	`personal` text,
	PRIMARY KEY(`chain`, `id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `audit_seals` (
	`chain` text NOT NULL,
	`seq` integer NOT NULL,
	`audit_id` text NOT NULL,
	`hash` text NOT NULL,
	`sealed_at` integer NOT NULL,
	PRIMARY KEY(`chain`, `seq`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `audit_unsealed` (
	`chain` text NOT NULL,
	`audit_id` text NOT NULL,
	`at` integer NOT NULL,
	PRIMARY KEY(`chain`, `audit_id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `devices` (
	`token_hash` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`created_at` integer NOT NULL,
	`seen_at` integer NOT NULL,
	`expires_at` integer NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `devices_user` ON `devices` (`user_id`);--> statement-breakpoint
CREATE INDEX `devices_expires` ON `devices` (`expires_at`);--> statement-breakpoint
CREATE TABLE `invitations` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`email` text NOT NULL,
	`role` text NOT NULL,
	`token_hash` text NOT NULL,
	`invited_by` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE UNIQUE INDEX `invitations_token` ON `invitations` (`token_hash`);--> statement-breakpoint
CREATE UNIQUE INDEX `invitations_email` ON `invitations` (`account_id`,`email`);--> statement-breakpoint
CREATE INDEX `invitations_expires` ON `invitations` (`expires_at`);--> statement-breakpoint
CREATE TABLE `one_time_tokens` (
	`token_hash` text PRIMARY KEY NOT NULL,
	`purpose` text NOT NULL,
	`subject_id` text,
	`content` text NOT NULL,
	`attempts` integer NOT NULL,
	`expires_at` integer NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `one_time_tokens_subject` ON `one_time_tokens` (`subject_id`);--> statement-breakpoint
CREATE INDEX `one_time_tokens_expires` ON `one_time_tokens` (`expires_at`);--> statement-breakpoint
CREATE TABLE `operators` (
	`id` text PRIMARY KEY NOT NULL,
	`email` text NOT NULL,
	`password_hash` text NOT NULL,
	`totp_secret` text NOT NULL,
	`totp_step` integer,
	`created_at` integer NOT NULL,
	`disabled_at` integer
) WITHOUT ROWID;
--> statement-breakpoint
CREATE UNIQUE INDEX `operators_email` ON `operators` (`email`);--> statement-breakpoint
CREATE TABLE `passkeys` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`name` text NOT NULL,
	`public_key` text NOT NULL,
	`counter` integer NOT NULL,
	`transports` text NOT NULL,
	`created_at` integer NOT NULL,
	`used_at` integer
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `passkeys_user` ON `passkeys` (`user_id`);--> statement-breakpoint
CREATE TABLE `recovery_codes` (
	`user_id` text NOT NULL,
	`code_hash` text NOT NULL,
	`used_at` integer,
	PRIMARY KEY(`user_id`, `code_hash`)
) WITHOUT ROWID;
--> statement-breakpoint
DROP TABLE `secrets`;--> statement-breakpoint
CREATE TABLE `secrets` (
	`account_id` text NOT NULL,
	`deployment_id` text NOT NULL,
	`name` text NOT NULL,
	`version` integer NOT NULL,
	`owner` text NOT NULL,
	`payload` text,
	`created_at` integer NOT NULL,
	`created_by` text NOT NULL,
	PRIMARY KEY(`deployment_id`, `version`)
) WITHOUT ROWID;
--> statement-breakpoint
ALTER TABLE `accounts` ADD `status` text DEFAULT 'active' NOT NULL;--> statement-breakpoint
ALTER TABLE `accounts` ADD `closes_at` integer;--> statement-breakpoint
ALTER TABLE `accounts` ADD `destroyed_at` integer;--> statement-breakpoint
CREATE INDEX `accounts_closes` ON `accounts` (`closes_at`) WHERE "accounts"."closes_at" IS NOT NULL;--> statement-breakpoint
ALTER TABLE `sessions` ADD `fresh_at` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `sessions` ADD `user_agent` text;--> statement-breakpoint
ALTER TABLE `sessions` ADD `address` text;--> statement-breakpoint
CREATE INDEX `sessions_user` ON `sessions` (`user_id`);--> statement-breakpoint
ALTER TABLE `users` ADD `account_id` text;--> statement-breakpoint
ALTER TABLE `users` ADD `totp_secret` text;--> statement-breakpoint
ALTER TABLE `users` ADD `totp_step` integer;--> statement-breakpoint
CREATE INDEX `members_account` ON `members` (`account_id`);--> statement-breakpoint
CREATE TRIGGER `audit_logs_kept` BEFORE UPDATE ON `audit_logs`
WHEN NEW.personal IS NOT NULL OR NEW.id IS NOT OLD.id OR NEW.chain IS NOT OLD.chain OR NEW.at IS NOT OLD.at
	OR NEW.actor_kind IS NOT OLD.actor_kind OR NEW.actor_id IS NOT OLD.actor_id OR NEW.action IS NOT OLD.action
	OR NEW.target_id IS NOT OLD.target_id OR NEW.outcome IS NOT OLD.outcome OR NEW.request_id IS NOT OLD.request_id
	OR NEW.content IS NOT OLD.content
BEGIN
	SELECT RAISE(ABORT, 'audit_logs is append-only');
END;--> statement-breakpoint
CREATE TRIGGER `audit_logs_not_deleted` BEFORE DELETE ON `audit_logs`
BEGIN
	SELECT RAISE(ABORT, 'audit_logs is append-only');
END;--> statement-breakpoint
CREATE TRIGGER `audit_logs_queued` AFTER INSERT ON `audit_logs`
BEGIN
	INSERT INTO `audit_unsealed` (`chain`, `audit_id`, `at`) VALUES (NEW.chain, NEW.id, NEW.at);
END;--> statement-breakpoint
CREATE TRIGGER `audit_seals_kept` BEFORE UPDATE ON `audit_seals`
BEGIN
	SELECT RAISE(ABORT, 'audit_seals is append-only');
END;--> statement-breakpoint
CREATE TRIGGER `audit_seals_not_deleted` BEFORE DELETE ON `audit_seals`
BEGIN
	SELECT RAISE(ABORT, 'audit_seals is append-only');
END;
