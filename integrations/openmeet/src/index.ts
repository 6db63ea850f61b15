export { OpenMeetInsights, type Emitter, type InsightsOptions, type OwnEvent, type Standing } from './insights';
export { QuotaGuard, type GuardOptions, type Question, type Reservation, type Verdict } from './guard';
export { syncDirectory, type SyncOptions, type SyncReport } from './sync';
export { mapping, type CloudEvent, type MappingRow } from './mapping';
export { type Resolver } from './resolver';
