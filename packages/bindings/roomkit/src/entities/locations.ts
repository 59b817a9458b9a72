import { boolean, type Describe, defineEntity, type Entity, instant, type Json, json, text } from '@portolan/ports'
import type {
  BlackoutWindow,
  ConfigEntry as HostConfigEntry,
  OperatingHours as HostOperatingHours,
  LocationNode,
} from '../model.ts'
import type { Stored } from './stored.ts'

export interface LocationTypes
  extends Describe<{
    name: 'roomkit_location'
    fields: Stored<LocationNode, 'id' | 'createdAt' | 'updatedAt'> & { pathKey: string }
    optional: 'parentId' | 'aliases' | 'isActive' | 'metadata'
    json: 'aliases'
    unique: { path: 'pathKey' }
    timestamps: true
  }> {}

/** `pathKey` is the path by its segments alone, so that '/a/b' and 'a/b' are one location. */
export const Location: Entity<LocationTypes> = defineEntity({
  name: 'roomkit_location',
  fields: {
    parentId: text().nullable(),
    type: text(),
    displayName: text(),
    path: text(),
    pathKey: text(),
    aliases: json<string[]>().default([]),
    isActive: boolean().default(true),
    metadata: text().nullable(),
  },
  unique: { path: ['pathKey'] },
  indexes: { byParent: ['parentId'] },
  timestamps: true,
})

export interface AliasTypes
  extends Describe<{
    name: 'roomkit_location_alias'
    fields: { locationNodeId: string; alias: string }
    unique: { alias: 'locationNodeId' | 'alias' }
    timestamps: true
  }> {}

/** Json is in no filter: what a location is found by has rows of its own. */
export const Alias: Entity<AliasTypes> = defineEntity({
  name: 'roomkit_location_alias',
  fields: { locationNodeId: text(), alias: text() },
  unique: { alias: ['locationNodeId', 'alias'] },
  indexes: { byAlias: ['alias', 'createdAt'] },
  timestamps: true,
})

export type DayHours = { [K in Exclude<keyof HostOperatingHours, 'id' | 'locationNodeId'>]: HostOperatingHours[K] }

export interface HoursTypes
  extends Describe<{
    name: 'roomkit_operating_hours'
    fields: { locationNodeId: string; days: DayHours[] }
    json: 'days'
    unique: { location: 'locationNodeId' }
  }> {}

/** One row for all days of a location: they are replaced as a whole because there is nothing less to write. */
export const Hours: Entity<HoursTypes> = defineEntity({
  name: 'roomkit_operating_hours',
  fields: { locationNodeId: text(), days: json<DayHours[]>() },
  unique: { location: ['locationNodeId'] },
})

export interface ConfigTypes
  extends Describe<{
    name: 'roomkit_config'
    fields: Omit<Stored<HostConfigEntry, 'id' | 'createdAt' | 'updatedAt'>, 'value'> & { place: string; value: Json }
    optional: 'locationNodeId' | 'inheritFromParent'
    json: 'value'
    unique: { key: 'place' | 'key' }
    timestamps: true
  }> {}

/** `place` stands for the location in the key, since a null part collides with nothing. */
export const Config: Entity<ConfigTypes> = defineEntity({
  name: 'roomkit_config',
  fields: {
    locationNodeId: text().nullable(),
    place: text(),
    key: text(),
    value: json(),
    inheritFromParent: boolean().default(true),
  },
  unique: { key: ['place', 'key'] },
  timestamps: true,
})

export interface BlackoutTypes
  extends Describe<{
    name: 'roomkit_blackout'
    fields: Stored<BlackoutWindow, 'id' | 'createdAt'>
    optional: 'reason' | 'isRecurring' | 'recurrenceRuleId'
    instants: 'startsAt' | 'endsAt'
    timestamps: true
  }> {}

export const Blackout: Entity<BlackoutTypes> = defineEntity({
  name: 'roomkit_blackout',
  fields: {
    locationNodeId: text(),
    scope: text(),
    title: text(),
    reason: text().nullable(),
    startsAt: instant(),
    endsAt: instant(),
    isRecurring: boolean().default(false),
    recurrenceRuleId: text().nullable(),
  },
  indexes: { byLocation: ['locationNodeId', 'startsAt'] },
  timestamps: true,
})
