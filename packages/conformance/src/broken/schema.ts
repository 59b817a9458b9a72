import type { BrokenDriver } from '../broken-driver.ts'
import { driverWith } from '../driver-with.ts'

export const brokenSchema: readonly BrokenDriver[] = [
  {
    name: 'applies-once',
    wrong: 'cannot apply a schema that is there already',
    breaks: 'M1',
    cases: ['M1.apply-again'],
    alsoBreaks: [],
    driver(driver) {
      let applied = false
      return driverWith(driver, {
        schema: {
          ...driver.schema,
          statements: (entities) => driver.schema.statements(entities),
          verify: (entities, context) => driver.schema.verify(entities, context),
          async apply(entities, context) {
            if (applied) throw new Error('the table exists already')
            applied = true
            await driver.schema.apply(entities, context)
          },
        },
      })
    },
  },
  {
    name: 'statements-that-drop',
    wrong: 'drops a table before it creates it anew',
    breaks: 'M1',
    cases: ['M1.statements-create'],
    alsoBreaks: [],
    driver: (driver) =>
      driverWith(driver, {
        schema: {
          apply: (entities, context) => driver.schema.apply(entities, context),
          verify: (entities, context) => driver.schema.verify(entities, context),
          statements: (entities) => [
            ...entities.map(({ name }) => `drop table if exists "${name}"`),
            ...driver.schema.statements(entities),
          ],
        },
      }),
  },
  {
    name: 'never-content',
    wrong: 'finds something unfit in whatever it looks at',
    breaks: 'M1',
    cases: ['M1.fits-after-apply', 'M1.apply-again'],
    alsoBreaks: [],
    driver: (driver) =>
      driverWith(driver, {
        probe: async () => [
          {
            entity: null,
            kind: 'setting',
            name: 'everything',
            message: 'a setting is not to the taste of this driver',
          },
        ],
      }),
  },
]

/** M1 broken. Only where something can be missing. */
export const brokenVerify: readonly BrokenDriver[] = [
  {
    name: 'always-content',
    wrong: 'finds nothing missing, whatever is missing',
    breaks: 'M1',
    cases: ['M1.names-what-is-missing'],
    alsoBreaks: ['M1'],
    driver: (driver) =>
      driverWith(driver, {
        schema: {
          statements: (entities) => driver.schema.statements(entities),
          apply: (entities, context) => driver.schema.apply(entities, context),
          verify: async () => [],
        },
      }),
  },
]
