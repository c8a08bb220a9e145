CREATE TABLE `reaper_runs` (
	`at` integer PRIMARY KEY NOT NULL,
	`complete` integer NOT NULL,
	`apps` integer NOT NULL,
	`machines` integer NOT NULL,
	`volumes` integer NOT NULL,
	`foreign` integer NOT NULL,
	`strays` integer NOT NULL,
	`halted` text
);
--> statement-breakpoint
CREATE TABLE `strays` (
	`resource` text PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`resource_id` text NOT NULL,
	`app` text NOT NULL,
	`deployment_id` text NOT NULL,
	`state` text NOT NULL,
	`sightings` integer NOT NULL,
	`first_seen_at` integer NOT NULL,
	`last_seen_at` integer NOT NULL,
	`quarantined_at` integer
) WITHOUT ROWID;
