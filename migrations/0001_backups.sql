CREATE TABLE `backups` (
	`id` text PRIMARY KEY NOT NULL,
	`deployment_id` text NOT NULL,
	`version` integer NOT NULL,
	`kind` text NOT NULL,
	`status` text NOT NULL,
	`snapshot_id` text,
	`size_bytes` integer,
	`created_at` integer NOT NULL,
	`expires_at` integer
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `backups_deployment` ON `backups` (`deployment_id`);--> statement-breakpoint
ALTER TABLE `deployments` ADD `undeleted_at` integer;