import { markOf } from '../../dist/token-mark.js'

process.send([...markOf(process.argv[2])])
