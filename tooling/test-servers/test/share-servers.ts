import { shareServers } from '../src/share.ts'

export default shareServers('postgres15', 'postgres18')
