create table usage_week (
	activity text not null,
	week     bigint not null,
	people   bigint not null,
	primary key (activity, week)
);
create table usage_figure (
	activity text not null,
	week     bigint not null,
	field    text not null,
	name     text not null,
	people   bigint not null,
	primary key (activity, week, field, name)
);
