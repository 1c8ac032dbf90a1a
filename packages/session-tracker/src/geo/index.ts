export { maxmindGeo, type MaxmindGeoOptions } from './maxmind-geo.ts'
