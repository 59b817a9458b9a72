export { bufferedDriver } from './driver.ts'
export type { BufferedSession } from './session.ts'
export type { BufferedStore, Look, Question, RowChange } from './store.ts'
