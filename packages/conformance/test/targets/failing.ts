import { tinyTarget } from './tiny.ts'

/** Opens, and can do nothing: every case that is not skipped fails. */
export default { ...tinyTarget(), name: 'failing' }
