"""The live run of a conference: started, watched, ended, and proven."""
