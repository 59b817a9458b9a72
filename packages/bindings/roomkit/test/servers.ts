import { shareServers } from '@portolan-tooling/test-servers/share'

/** Started once for all test files of this package. */
export default shareServers('postgres15', 'postgres18', 'redis')
